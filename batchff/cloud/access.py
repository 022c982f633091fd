"""What lets a request for a blob in: a SAS made from the account's key, or a token."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol

from batchff.cloud.sas import key_sas

if TYPE_CHECKING:
    from batchff.cloud.identity import Identity

# A SAS begins in the past because clocks differ.
CLOCK_SKEW = timedelta(minutes=15)

LONGEST_DELEGATION = timedelta(days=7)
"""How far off a delegated key may end, and all that is signed with it (Get User Delegation Key)."""

_SAS_LIFETIME = timedelta(hours=12)
# In all clouds: Azure CLI asks for no other.
_TOKEN_SCOPE = "https://storage.azure.com/.default"


class Access(Protocol):
    """Signs requests for blobs, from any thread."""

    def sign(self, container: str, headers: dict[str, str]) -> str:
        """Add to the headers, or return a query, what lets a request in."""


class KeyAccess:
    """An account's key. One signature serves all of a container's blobs for hours."""

    def __init__(self, account: str, key: str) -> None:
        self._account = account
        self._key = key
        self._tokens: dict[str, tuple[str, float]] = {}

    def sign(self, container: str, headers: dict[str, str]) -> str:
        token, renewal = self._tokens.get(container, ("", 0.0))
        if time.time() >= renewal:
            now = datetime.now(UTC)
            token = key_sas(
                self._account,
                self._key,
                container,
                permission="rcwdl",
                start=now - CLOCK_SKEW,
                expiry=now + _SAS_LIFETIME,
            )
            self._tokens[container] = token, time.time() + _SAS_LIFETIME.total_seconds() / 2
        return token


class TokenAccess:
    """An identity of Entra ID."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def sign(self, container: str, headers: dict[str, str]) -> str:
        headers["Authorization"] = f"Bearer {self._identity.get_token(_TOKEN_SCOPE).token}"
        headers["x-ms-date"] = formatdate(usegmt=True)  # a SAS needs none
        return ""
