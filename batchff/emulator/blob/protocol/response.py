"""Responses, and how they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from starlette.types import Receive, Send

from batchff.emulator.blob.protocol.documents import error_document
from batchff.emulator.blob.protocol.errors import StorageError
from batchff.emulator.blob.protocol.request import Request

SERVICE_VERSION = "2025-07-05"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: its body whole, or as a stream whose length is in the headers."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: AsyncGenerator[bytes, None] | None = None


def xml_response(document: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer 200 with an XML document."""
    return Response(200, {"content-type": "application/xml", **(headers or {})}, document.encode())


def error_response(error: StorageError, request: Request, now: datetime) -> Response:
    """The error document, and its code in a header for answers that can't have a body."""
    headers = {**error.headers, "x-ms-error-code": error.kind.code}
    if error.kind.status == 304 or request.method == "HEAD":
        return Response(error.kind.status, headers)
    message = f"{error.kind.message}\nRequestId:{request.id}\nTime:{now.isoformat()}"
    document = error_document(error.kind.code, message, error.details)
    headers["content-type"] = "application/xml"
    return Response(error.kind.status, headers, document.encode())


def answer_headers(response: Response, request: Request) -> dict[str, str]:
    """Return the headers of an answer, with those that all answers have."""
    headers = {
        "content-length": str(len(response.body)),
        **response.headers,
        "x-ms-request-id": request.id,
        "x-ms-version": request.version or SERVICE_VERSION,
    }
    if "x-ms-client-request-id" in request.headers:
        headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
    if response.status == 304:
        del headers["content-length"]
    return headers


async def send_response(response: Response, request: Request, send: Send) -> None:
    """Send an answer with the headers that all answers have."""
    headers = answer_headers(response, request)
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
        }
    )
    if response.stream is not None:
        async with aclosing(response.stream) as stream:
            await _send_stream(stream, request.receive, send)
    await send({"type": "http.response.body", "body": response.body})


async def _send_stream(stream: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    """Send chunk by chunk, until the end or until the client has left."""
    departure = asyncio.ensure_future(_disconnected(receive))
    try:
        async for chunk in stream:
            if departure.done():
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            # Sending waits only for a full buffer: without this, a quick reader has the loop alone.
            await asyncio.sleep(0)
    finally:
        departure.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
