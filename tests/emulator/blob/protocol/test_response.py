from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.types import Message

from batchff.emulator.blob.protocol.errors import BLOB_NOT_FOUND, Kind, StorageError
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.protocol.response import (
    SERVICE_VERSION,
    Response,
    error_response,
    send_response,
    xml_response,
)
from tests.emulator.blob.protocol.requests import request_for

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def sent(response: Response, request: Request) -> tuple[dict[str, str], list[bytes]]:
    """What the client gets: headers, and the body in its parts."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    asyncio.run(send_response(response, request, send))
    start: Any = messages[0]
    assert start["status"] == response.status
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return headers, [message["body"] for message in messages[1:]]


def test_every_answer_names_its_request_and_version() -> None:
    headers, body = sent(xml_response("<a/>"), request := request_for())
    assert headers == {
        "content-type": "application/xml",
        "content-length": "4",
        "x-ms-request-id": request.id,
        "x-ms-version": SERVICE_VERSION,
    }
    assert body == [b"<a/>"]


def test_what_the_client_calls_its_request_comes_back() -> None:
    asked = [("x-ms-client-request-id", "mine"), ("x-ms-version", "2021-12-02")]
    headers, _ = sent(Response(201), request_for(headers=asked))
    assert headers["x-ms-client-request-id"] == "mine"
    assert headers["x-ms-version"] == "2021-12-02"


def test_an_error_says_its_code_in_a_header_and_in_the_body() -> None:
    request = request_for()
    answer = error_response(StorageError(BLOB_NOT_FOUND, {"Name": "a<b"}), request, NOW)
    assert (answer.status, answer.headers["x-ms-error-code"]) == (404, "BlobNotFound")
    assert b"<Name>a&lt;b</Name>" in answer.body
    assert f"RequestId:{request.id}\nTime:2026-11-30T".encode() in answer.body


def test_not_modified_has_no_body_and_no_length() -> None:
    unchanged = StorageError(Kind("ConditionNotMet", 304, "as it was"), headers={"etag": '"1"'})
    headers, body = sent(error_response(unchanged, request_for(), NOW), request_for())
    assert (headers["etag"], headers["x-ms-error-code"]) == ('"1"', "ConditionNotMet")
    assert "content-length" not in headers
    assert body == [b""]


class Source:
    """A body that comes in parts, and knows whether it was closed."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.closed = False

    async def stream(self) -> AsyncGenerator[bytes, None]:
        try:
            for _ in range(self.parts):
                yield b"part"
        finally:
            self.closed = True


def test_a_client_that_leaves_ends_the_stream() -> None:
    source = Source(parts=1000)
    response = Response(200, {"content-length": "4000"}, stream=source.stream())
    _, body = sent(response, request_for())  # it leaves as soon as it's asked
    assert len(body) < 1000
    assert source.closed


def test_a_stream_is_sent_to_its_end_while_the_client_stays() -> None:
    async def scenario() -> list[Message]:
        staying = asyncio.Event()
        messages: list[Message] = []

        async def receive() -> Message:
            await staying.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)

        response = Response(200, {"content-length": "12"}, stream=Source(parts=3).stream())
        await send_response(response, replace(request_for(), receive=receive), send)
        return messages

    messages = asyncio.run(scenario())
    assert [each["body"] for each in messages[1:]] == [b"part"] * 3 + [b""]
