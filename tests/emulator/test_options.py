from __future__ import annotations

from pathlib import Path

import pytest

from batchff.emulator.options import chosen_identities, chosen_tls
from tests.emulator.examples import identity


@pytest.mark.parametrize(
    ("certificate", "key", "token_key", "message"),
    [
        (Path("c"), None, None, "go together"),
        (None, Path("k"), None, "go together"),
        (None, None, Path("t"), "HTTPS alone"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    certificate: Path | None, key: Path | None, token_key: Path | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        chosen_tls(certificate, key, token_key)


@pytest.mark.parametrize("wrong", ["encoder", "", f"{identity('a')}/b", identity("")])
def test_what_is_no_identitys_id_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="resource id of an identity"):
        chosen_identities([identity("a"), wrong])
