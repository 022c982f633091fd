from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from batchff.cloud.access import KeyAccess, TokenAccess
from batchff.cloud.identity import Identity, Way
from tests.cloud.small_servers import KEY_OF_NOTHING
from tests.identity.sign_in import SignIn


def test_a_token_goes_into_a_header(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sign_in.environment("managed-identity").items():
        monkeypatch.setenv(name, value)
    headers: dict[str, str] = {}
    assert TokenAccess(Identity(Way("entra"))).sign("c", headers) == ""
    [token] = sign_in.given["https://storage.azure.com"]
    assert headers["Authorization"] == f"Bearer {token}"


def test_a_key_signs_once_for_all_blobs_of_a_container() -> None:
    access = KeyAccess("account", KEY_OF_NOTHING)
    headers: dict[str, str] = {}
    query = access.sign("c", headers)
    assert not headers
    assert access.sign("c", headers) is query
    facts = parse_qs(query)
    assert (facts["sr"], facts["sp"]) == (["c"], ["rcwdl"])
    assert access.sign("other", headers) != query
