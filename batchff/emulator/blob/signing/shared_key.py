"""Shared-key signatures, after "Authorize with Shared Key"."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from batchff.emulator.blob.protocol.errors import authentication_failed
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.root import Account

CLOCK_SKEW = timedelta(minutes=15)
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


def sign(key: str, text: str) -> str:
    """HMAC-SHA256 under a base64 key, in base64."""
    digest = hmac.digest(
        base64.b64decode(key), text.encode(errors="surrogateescape"), hashlib.sha256
    )
    return base64.b64encode(digest).decode()


def same(one: str, other: str) -> bool:
    """Compare two signatures in a time that doesn't depend on where they differ."""
    return hmac.compare_digest(
        one.encode(errors="surrogateescape"), other.encode(errors="surrogateescape")
    )


def verify_shared_key(request: Request, account: Account, now: datetime) -> None:
    """Raise AuthenticationFailed unless the account's key signed this very request lately."""
    scheme, _, credential = request.headers["authorization"].partition(" ")
    name, _, signature = credential.rpartition(":")
    if scheme != "SharedKey":
        raise authentication_failed("Only the SharedKey scheme or a SAS is accepted here.")
    headers = sorted(name for name in request.headers if name.startswith("x-ms-"))
    genuine = same(sign(account.key, string_to_sign(request, account, headers)), signature)
    if not genuine and (collated := sorted(headers, key=_collated)) != headers:
        genuine = same(sign(account.key, string_to_sign(request, account, collated)), signature)
    if not (genuine and same(name, account.name) and same(request.account, account.name)):
        raise authentication_failed("The MAC signature found in the HTTP request is not the same.")
    _verify_date(request, now)


def string_to_sign(request: Request, account: Account, ms_headers: list[str]) -> str:
    """The text that the client signed, with the x-ms- headers in the given order."""
    standard = {name: request.headers.get(name, "") for name in _SIGNED_HEADERS}
    if standard["content-length"] == "0":
        standard["content-length"] = ""
    if "x-ms-date" in request.headers:
        standard["date"] = ""
    return "\n".join(
        [
            request.method,
            *standard.values(),
            *(f"{name}:{request.headers[name].strip()}" for name in ms_headers),
            f"/{account.name}{request.raw_path}",
            *(f"{name}:{value}" for name, value in sorted(request.query.items())),
        ]
    )


def _collated(header: str) -> str:
    """The service's own order, in which hyphens don't count and underscores precede digits.

    azure-storage-blob signs in this order, other clients in plain byte order; they differ only
    for metadata such as `a_b` beside `a1`.
    """
    return header.replace("-", "").replace("_", " ")


def _verify_date(request: Request, now: datetime) -> None:
    sent = request.headers.get("x-ms-date") or request.headers.get("date", "")
    try:
        age = now - parsedate_to_datetime(sent)
    except (ValueError, TypeError):
        raise authentication_failed("The Date header in the request is incorrect.") from None
    if abs(age) > CLOCK_SKEW:
        raise authentication_failed("Request date header too old or too far in the future.")
