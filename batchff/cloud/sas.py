"""A service SAS made from an account's key.

The SDK makes them as well, but importing it takes longer than most of what they are made for.
Source: "Create a service SAS".
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from urllib.parse import urlencode

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

    Without a blob it's about all of the container's. Raises ValueError for a key that isn't base64.
    """
    resource = f"/blob/{account}/{container}" + (f"/{blob}" if blob else "")
    kind = "b" if blob else "c"
    times = (_written(start), _written(expiry))
    policy = address = protocol = snapshot = scope = ""
    signed = (permission, *times, resource, policy, address, protocol, _VERSION, kind, snapshot)
    text = "\n".join((*signed, scope, *_UNUSED_RESPONSE_HEADERS))
    signature = b64encode(hmac.digest(b64decode(key), text.encode(), hashlib.sha256)).decode()
    facts = {"sv": _VERSION, "sr": kind, "sp": permission, "st": times[0], "se": times[1]}
    return urlencode({**facts, "sig": signature})


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
