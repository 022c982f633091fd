from __future__ import annotations

from tests.emulator.blob.servers import BlobServer


def test_an_error_is_told_in_header_and_body(emulator: BlobServer) -> None:
    answer = emulator.send(
        "GET", "/films-that-are-not/clip.mov", {"x-ms-client-request-id": "mine"}
    )
    assert answer.status == 404
    assert answer.headers["x-ms-error-code"] == "ContainerNotFound"
    assert answer.headers["x-ms-client-request-id"] == "mine"
    assert answer.headers["content-type"] == "application/xml"
    assert b"<Code>ContainerNotFound</Code>" in answer.body
    assert answer.headers["x-ms-request-id"].encode() in answer.body
