"""Requests as the server hands them on, without a server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.types import Message

from batchff.emulator.blob.protocol.request import Request, parse_request

DISCONNECT: Message = {"type": "http.disconnect"}


def request_for(
    path: str = "/batchfflocal/films/clip.mov",
    query: str = "",
    headers: Iterable[tuple[str, str]] = (),
    *,
    messages: Iterable[Message] = (),
) -> Request:
    """A GET of a path; the client then sends these messages, and leaves."""
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting, DISCONNECT)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 50000),
    }
    return parse_request(scope, receive)


def body(content: bytes, *, more: bool = False) -> Message:
    """A part of a request's body."""
    return {"type": "http.request", "body": content, "more_body": more}
