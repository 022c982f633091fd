from __future__ import annotations

from http.server import BaseHTTPRequestHandler

import pytest

from batchff.cloud.storage import connect_storage
from batchff.errors import ServiceError
from batchff.events import Notice
from batchff.pipeline.containers import ensure_container
from tests.cloud.small_servers import serving
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer


def deleting_container(*, refusals: int) -> type[BaseHTTPRequestHandler]:
    """A service that is still deleting the container at its first tries to make it."""
    left = iter(range(refusals))

    class Deleting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(404, "ContainerNotFound")

        def do_PUT(self) -> None:
            if next(left, None) is None:
                self._answer(201, "")
            else:
                self._answer(409, "ContainerBeingDeleted")

        def _answer(self, status: int, code: str) -> None:
            self.send_response(status)
            if code:
                self.send_header("x-ms-error-code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    return Deleting


def test_a_container_that_is_being_deleted_is_waited_for_and_told_once() -> None:
    recorder, pauses = Recorder(), list[float]()
    with serving(deleting_container(refusals=3)) as connection:
        ensure_container("out", connect_storage(connection), recorder, pause=pauses.append)
    assert len(pauses) == 3
    assert [notice.message for notice in recorder.of(Notice)] == [
        "container 'out' is still being deleted: waiting for its name"
    ]


def test_a_container_that_is_being_deleted_for_minutes_is_an_error() -> None:
    pauses = list[float]()
    with (
        serving(deleting_container(refusals=1000)) as connection,
        pytest.raises(ServiceError, match="'out' is still being deleted") as raised,
    ):
        ensure_container("out", connect_storage(connection), Recorder(), pause=pauses.append)
    assert 240 <= sum(pauses) <= 600
    assert raised.value.hint == "give the command again in a minute"


def test_a_container_is_made_with_the_stamp(emulated_storage: StorageServer) -> None:
    storage = emulated_storage.storage()
    ensure_container(emulated_storage.container, storage, Recorder())
    made = storage.container(emulated_storage.container)
    assert made and made.batchff
