from __future__ import annotations

import pytest

from batchff.cloud.blob.signing import KeyAccess, SasAccess, TokenAccess
from batchff.cloud.sign_in.identity import Identity, Way
from tests.cloud.small_servers import KEY_OF_NOTHING
from tests.identity.sign_in import SignIn


def test_a_token_goes_into_a_header(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sign_in.environment("managed-identity").items():
        monkeypatch.setenv(name, value)
    headers: dict[str, str] = {}
    TokenAccess(Identity(Way("entra"))).sign("GET", "/c/b", "", headers)
    [token] = sign_in.given["https://storage.azure.com"]
    assert headers["Authorization"] == f"Bearer {token}"
    assert headers["x-ms-date"].endswith(" GMT")


def test_a_key_signs_each_request_and_says_when() -> None:
    access = KeyAccess("account", KEY_OF_NOTHING)

    def signed(method: str, path: str, query: str = "", **headers: str) -> str:
        access.sign(method, path, query, headers)
        assert headers["x-ms-date"].endswith(" GMT")
        name, _, signature = headers["Authorization"].partition(":")
        assert name == "SharedKey account"
        return signature

    # That they're right is what the services say of every other test's requests.
    signatures = {
        signed("GET", "/c/b"),
        signed("DELETE", "/c/b"),
        signed("GET", "/c/b2"),
        signed("GET", "/c", "restype=container&comp=list"),
        signed("GET", "/c/b", **{"x-ms-meta-a": "1"}),
        signed("GET", "/c/b", Range="bytes=0-1"),
    }
    assert len(signatures) == 6


def test_a_sas_goes_behind_the_query_and_into_no_header() -> None:
    headers: dict[str, str] = {}
    access = SasAccess("sp=r&sig=secret")
    assert access.sign("GET", "/c", "comp=list", headers) == "comp=list&sp=r&sig=secret"
    assert access.sign("GET", "/c/b", "", headers) == "sp=r&sig=secret"
    assert headers == {}
