"""Authorize requests for blobs: by the account's key, by a token, or by a SAS that was given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

from batchff.cloud.blob.sas import signature

if TYPE_CHECKING:
    from batchff.cloud.sign_in.identity import Identity

# A SAS begins in the past because clocks differ.
CLOCK_SKEW = timedelta(minutes=15)

LONGEST_DELEGATION = timedelta(days=7)
"""How far off a delegated key may end, and all that is signed with it (Get User Delegation Key)."""

# In all clouds: Azure CLI asks for no other.
_TOKEN_SCOPE = "https://storage.azure.com/.default"

_SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)


class Access(Protocol):
    """Signs requests for blobs, from any thread."""

    def sign(self, method: str, path: str, query: str, headers: dict[str, str]) -> str:
        """Add the authorization to a request; return the query to send.

        The path is as it's sent, and so is the query, but for what it gets here.
        """


class KeyAccess:
    """An account's key."""

    def __init__(self, account: str, key: str) -> None:
        self._account = account
        self._key = key

    def sign(self, method: str, path: str, query: str, headers: dict[str, str]) -> str:
        """Sign with the account's key."""
        headers["x-ms-date"] = formatdate(usegmt=True)
        text = _string_to_sign(method, f"/{self._account}{path}", query, headers)
        headers["Authorization"] = f"SharedKey {self._account}:{signature(self._key, text)}"
        return query


class TokenAccess:
    """An identity of Entra ID."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def sign(self, method: str, path: str, query: str, headers: dict[str, str]) -> str:
        """Add a token."""
        headers["x-ms-date"] = formatdate(usegmt=True)
        headers["Authorization"] = f"Bearer {self._identity.get_token(_TOKEN_SCOPE).token}"
        return query


class SasAccess:
    """A SAS that the user gave."""

    def __init__(self, sas: str) -> None:
        self._sas = sas

    def sign(self, method: str, path: str, query: str, headers: dict[str, str]) -> str:
        """Add the SAS."""
        return f"{query}&{self._sas}" if query else self._sas


def _string_to_sign(method: str, resource: str, query: str, headers: Mapping[str, str]) -> str:
    """Return what a key's signature is of; source: "Authorize with Shared Key"."""
    given = {name.lower(): value for name, value in headers.items()}
    if given.get("content-length") == "0":
        del given["content-length"]
    lines = [method, *(given.get(name, "") for name in _SIGNED_HEADERS)]
    # The service sorts digits behind underscores; no header that batchff sends has a digit there.
    lines += [f"{name}:{given[name]}" for name in sorted(given) if name.startswith("x-ms-")]
    lines.append(resource)
    if query:
        lines += [f"{name}:{value}" for name, value in sorted(parse_qsl(query, True))]
    return "\n".join(lines)
