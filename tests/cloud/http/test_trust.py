"""Whose certificates are trusted."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from batchff.cloud.http.trust import authorities, trust
from batchff.errors import BatchffError
from tests.identity.certificates import Certificates


def test_the_first_variable_counts_and_certifi_where_there_is_none(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert authorities() == certifi.where()
    assert len(trust().get_ca_certs()) > 50
    monkeypatch.setenv("CURL_CA_BUNDLE", str(certificates.authority))
    assert len(trust().get_ca_certs()) == 1
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority.parent))
    assert authorities() == str(certificates.authority.parent)
    trust()


def test_a_file_that_holds_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(empty))
    with pytest.raises(BatchffError, match=r"can't be read from .*empty\.pem") as raised:
        trust()
    assert raised.value.hint == "correct REQUESTS_CA_BUNDLE in the environment"
