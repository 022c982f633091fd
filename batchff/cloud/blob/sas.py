"""A service SAS made from an account's key.

The SDK makes them as well, but importing it takes longer than most of what they are made for.
Source: "Create a service SAS".
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from functools import lru_cache

_VERSION = "2021-12-02"
_UNUSED_RESPONSE_HEADERS = ("",) * 5


def key_sas(
    account: str,
    key: str,
    container: str,
    blob: str = "",
    *,
    permission: str,
    start: datetime,
    expiry: datetime,
) -> str:
    """Return the query that lets its bearer do what is permitted with a blob.

    Without a blob, it's for all blobs of the container. Raises ValueError for a key that isn't
    base64.
    """
    resource = f"/blob/{account}/{container}" + (f"/{blob}" if blob else "")
    kind = "b" if blob else "c"
    times = (_written(start), _written(expiry))
    policy = address = protocol = snapshot = scope = ""
    signed = (permission, *times, resource, policy, address, protocol, _VERSION, kind, snapshot)
    text = "\n".join((*signed, scope, *_UNUSED_RESPONSE_HEADERS))
    start_time, end_time = (each.replace(":", "%3A") for each in times)
    # Only these characters of Base64 need escaping; a general function takes longer.
    escaped = signature(key, text).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    facts = f"sv={_VERSION}&sr={kind}&sp={permission}&st={start_time}&se={end_time}"
    return f"{facts}&sig={escaped}"


def signature(key: str, text: str) -> str:
    """Return a text's signature, which proves that the signer has the account's key."""
    return b64encode(hmac.digest(b64decode(key), text.encode(), "sha256")).decode()


@lru_cache
def _written(moment: datetime) -> str:
    """Kept, as the SAS of a job's many files have the same times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
