"""Names under which the emulator answers: loopback addresses, and hosts with an account's name.

`ACCOUNT.batch.localhost` and `ACCOUNT.blob.localhost` have the form of Azure's own hosts, for
programs that make one of the other. RFC 6761, section 6.3: `localhost` and all names below it are
loopback.
"""

from __future__ import annotations

import re

ADDRESS = "127.0.0.1"
LOOPBACK = (ADDRESS, "localhost", "*.localhost", "[::1]")
"""Hosts as Starlette's middleware takes them."""

_BELOW = ".localhost"
_ACCOUNT = re.compile(r"(?P<account>[a-z0-9]{3,24})\.(?P<service>batch|blob)\.localhost", re.ASCII)
_LOOPBACK = re.compile(
    r"(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE
)


def is_loopback(host: str) -> bool:
    """Return whether a `Host` header names this machine only.

    A page whose own name was made to point here sends that name.
    """
    return _LOOPBACK.fullmatch(host) is not None


def account_in(host: str, service: str) -> str:
    """Return the account that a `Host` header of `batch` or `blob` names; empty for none."""
    found = _ACCOUNT.fullmatch(host.lower().partition(":")[0])
    return found["account"] if found and found["service"] == service else ""


def host_of(account: str, service: str, port: int | None) -> str:
    """Return the host that has an account's name, with its port."""
    return f"{account}.{service}{_BELOW}" + (f":{port}" if port else "")


def is_below_localhost(name: str) -> bool:
    """Return whether a host's name is one that many resolvers don't know: it's `ADDRESS`."""
    return name.lower().endswith(_BELOW)
