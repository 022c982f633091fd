"""Blob Batch: many deletions, or changes of tier, in one request.

After "Blob Batch" of the Blob service REST API: each part is a request of its own, with its own
signature, and is answered by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from http import HTTPStatus
from urllib.parse import urlsplit

from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.protocol.errors import (
    EXCEEDED_MAX_BATCH_REQUEST_COUNT,
    INVALID_INPUT,
    StorageError,
    invalid_header,
)
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.protocol.response import Response, answer_headers

MAX_BATCH = 4 << 20
MAX_PARTS = 256
_PARSER = BytesParser(policy=compat32)
"""It leaves values as they were signed, and takes a boundary with a slash, as object_store's."""


async def blob_batch(call: Call) -> Response:
    """Blob Batch: answer each of its requests, in their order."""
    request = call.request
    parts = list(_parts(request, await request.read(MAX_BATCH)))
    if not parts:
        raise StorageError(INVALID_INPUT)
    if len(parts) > MAX_PARTS:
        raise StorageError(EXCEEDED_MAX_BATCH_REQUEST_COUNT)
    boundary = f"batchresponse_{request.id}"
    lines: list[str] = []
    for number, part in parts:
        lines += [f"--{boundary}", "Content-Type: application/http"]
        lines += [f"Content-ID: {number}"] if number else []
        lines += ["", *await _answered(call, part), ""]
        await asyncio.sleep(0)
    body = "\r\n".join([*lines, f"--{boundary}--", ""]).encode()
    return Response(202, {"content-type": f"multipart/mixed; boundary={boundary}"}, body)


async def _answered(call: Call, part: Request) -> list[str]:
    """Return the lines of the answer to one of the requests."""
    response = await call.answer(part)
    status = HTTPStatus(response.status)
    headers = [f"{name}: {value}" for name, value in answer_headers(response, part).items()]
    return [f"HTTP/1.1 {status.value} {status.phrase}", *headers, "", response.body.decode()]


def _parts(request: Request, body: bytes) -> Iterator[tuple[str, Request]]:
    """Yield each request of a batch with its Content-ID; raise StorageError for what is none."""
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/mixed"):
        raise invalid_header("Content-Type", content_type)
    heading = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    whole = _PARSER.parsebytes(heading + body)
    for part in whole.get_payload() if whole.is_multipart() else ():
        content = part.get_payload(decode=True) if isinstance(part, Message) else None
        if not isinstance(part, Message) or not isinstance(content, bytes):
            raise StorageError(INVALID_INPUT)
        if part.get_content_type() != "application/http":
            raise StorageError(INVALID_INPUT)
        yield part.get("Content-ID", ""), _part(request, content)


def _part(request: Request, content: bytes) -> Request:
    """Return the request that a part is; one of a container's batch is within the container."""
    first, _, rest = content.lstrip().partition(b"\r\n")
    words = first.decode("latin-1").split(" ")
    if len(words) != 3 or words[0] not in ("DELETE", "PUT") or not words[2].startswith("HTTP/"):
        raise StorageError(INVALID_INPUT)
    url = urlsplit(words[1])
    headers = _PARSER.parsebytes(rest, headersonly=True)
    part = request.within_batch(words[0], url.path, url.query, dict(headers.items()))
    is_change = words[0] == "DELETE" or part.query.get("comp") == "tier"
    is_outside = request.container and part.container != request.container
    if not part.blob or not is_change or is_outside:
        raise StorageError(INVALID_INPUT)
    return part
