from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from batchff.cloud.access import KeyAccess, TokenAccess
from batchff.errors import SignInError
from tests.cloud.small_servers import KEY_OF_NOTHING


class Credential:
    """A sign-in whose tokens last so many seconds, from the last one on."""

    def __init__(self, *lifetimes: float) -> None:
        self._lifetimes = list(lifetimes)
        self.asked: list[tuple[str, ...]] = []

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        self.asked.append(scopes)
        if not self._lifetimes:
            raise ClientAuthenticationError("nobody is signed in")
        return AccessToken(f"token {len(self.asked)}", int(time.time() + self._lifetimes.pop(0)))


def signed(access: TokenAccess) -> str:
    headers: dict[str, str] = {}
    assert access.sign("c", headers) == ""
    return headers["Authorization"]


def test_a_token_serves_until_shortly_before_it_ends() -> None:
    credential = Credential(3600)
    access = TokenAccess(credential)
    assert [signed(access), signed(access)] == ["Bearer token 1"] * 2
    assert credential.asked == [("https://storage.azure.com/.default",)]


def test_a_token_that_soon_ends_is_replaced() -> None:
    access = TokenAccess(Credential(60, 3600))
    assert [signed(access), signed(access)] == ["Bearer token 1", "Bearer token 2"]


def test_nobody_signed_in_is_told() -> None:
    with pytest.raises(SignInError, match="signing in to storage: .*nobody is signed in"):
        signed(TokenAccess(Credential()))


def test_a_key_signs_once_for_all_blobs_of_a_container() -> None:
    access = KeyAccess("account", KEY_OF_NOTHING)
    headers: dict[str, str] = {}
    query = access.sign("c", headers)
    assert not headers
    assert access.sign("c", headers) is query
    facts = parse_qs(query)
    assert (facts["sr"], facts["sp"]) == (["c"], ["rcwl"])
    assert access.sign("other", headers) != query
