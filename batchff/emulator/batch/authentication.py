"""Who sent a request: by the account's key, or a token of Entra ID.

After "Authenticate requests to the Azure Batch service".

A Batch service runs commands: without this check any page in a browser and any neighbour on the
machine could run them as the user.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from batchff.emulator.batch.protocol.context import RequestContext
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.entra_tokens import TokenRefused, Tokens
from batchff.emulator.hosts import is_loopback
from batchff.emulator.root import Account
from batchff.emulator.state.times import SECOND, parse_http_date, to_datetime

_RESOURCE = "https://batch.core.windows.net"
_WINDOW = 15 * 60 * SECOND

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

_NAME = re.compile(r"[a-z0-9]{3,24}", re.ASCII)
"""An account's name. What isn't one may be a key, and isn't told."""


def authenticate(request: RequestContext, account: Account, tokens: Tokens | None) -> None:
    """Raise AuthenticationFailed unless the sender is proven, by key or by token.

    A request signed with the account's key must be of now, too. The `Host` must be a loopback
    name: a page whose name was made to point to this machine sends its own.
    """
    if not is_loopback(request.headers.get("host", "")):
        raise _failed("The Host header is not a loopback address")
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and tokens is not None:
        try:
            tokens.principal(credential.strip(), _RESOURCE, to_datetime(request.now))
        except TokenRefused as error:
            raise _failed(str(error)) from None
        return
    name, _, signature = credential.strip().rpartition(":")
    if scheme.lower() != "sharedkey":
        raise _failed("The Authorization header is missing or not SharedKey for this account")
    if name != account.name:
        named = f"'{name}'" if _NAME.fullmatch(name) else "another account"
        raise _failed(f"The request is signed for {named}, and this account is '{account.name}'")
    _check_time(request)
    given = signature.encode()
    expected = [sign(request, account, length) for length in _content_lengths(request)]
    if not any([hmac.compare_digest(given, each.encode()) for each in expected]):
        raise _failed("The signature is not the one that the account's key makes")


def sign(request: RequestContext, account: Account, content_length: str) -> str:
    """Make the signature of a request, in base64."""
    headers = {name: request.headers.get(name, "") for name in _SIGNED_HEADERS}
    headers["content-length"] = content_length
    lines = [request.method, *(headers[name] for name in _SIGNED_HEADERS)]
    lines += sorted(
        f"{name.lower()}:{value}"
        for name, value in request.headers.items()
        if name.lower().startswith("ocp-") and value
    )
    lines.append(f"/{account.name}{request.path}")
    first: dict[str, str] = {}
    for name, value in request.query:
        first.setdefault(name, value)
    lines += [f"{name}:{first[name]}" for name in sorted(first)]
    key = base64.b64decode(account.key)
    digest = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _content_lengths(request: RequestContext) -> tuple[str, ...]:
    """Give what may be signed as the length: for no body, clients sign 0 or nothing."""
    length = request.headers.get("content-length", "")
    return ("", "0") if length in ("", "0") else (length,)


def _check_time(request: RequestContext) -> None:
    stamp = request.headers.get("ocp-date") or request.headers.get("date", "")
    try:
        sent = parse_http_date(stamp)
    except ValueError:
        raise _failed("Neither ocp-date nor Date is a time") from None
    if abs(request.now - sent) > _WINDOW:
        raise _failed("The request's time is more than 15 minutes from the server's")


def _failed(reason: str) -> BatchError:
    return BatchError("AuthenticationFailed", {"AuthenticationErrorDetail": reason})
