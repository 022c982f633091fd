from __future__ import annotations

from pathlib import Path

import pytest

from batchff.emulator.options import ServiceOptions, chosen_identities, chosen_tls, options_told
from batchff.emulator.simulation.settings import Simulation
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


def test_options_are_told_as_they_are_given() -> None:
    told = options_told(ServiceOptions(idle_seconds=None, allocation_seconds=2.0, strict=True))
    simulated = options_told(ServiceOptions(simulation=Simulation()))

    assert (told["--idle"], told["--allocation-time"], told["--strict"]) == ("0", "2", "True")
    assert (told["--run-admin-tasks"], told["--core-quota"], told["--simulate"]) == ("", "", "")
    assert "--seed" not in told
    assert (simulated["--simulate"], simulated["--task-time"]) == ("True", "30s..5m")
