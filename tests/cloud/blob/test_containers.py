from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from batchff.cloud.storage import Storage, connect_storage
from batchff.errors import (
    ServiceError,
)
from tests.storage_servers import (
    SOMEONE_ELSES_KEY,
    StorageServer,
)

STAMP = {"batchff": "0.1.0", "batchff_modified": "1732290000000000000"}


@pytest.fixture
def storage(storage_server: StorageServer) -> Storage:
    return storage_server.storage()


def test_a_container_keeps_the_stamp_it_was_made_with(
    storage: Storage, storage_server: StorageServer
) -> None:
    name = storage_server.container
    assert storage.container(name) is None
    storage.ensure_container(name, STAMP)
    storage.ensure_container(name, {"batchff": "9"})
    made = storage.container(name)
    assert made and (made.name, made.metadata) == (name, STAMP)
    storage.delete_container(name)
    storage.delete_container(name)
    assert storage.container(name) is None


def test_a_container_that_is_still_being_deleted_is_told() -> None:
    class BeingDeleted(BaseHTTPRequestHandler):
        """Answers as Azure does for half a minute; neither emulator has that state."""

        def do_GET(self) -> None:
            self._refuse(404, "ContainerNotFound")

        def do_PUT(self) -> None:
            self._refuse(409, "ContainerBeingDeleted")

        def _refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("x-ms-error-code", code)
            self.send_header("x-ms-request-id", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with HTTPServer(("127.0.0.1", 0), BeingDeleted) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/a"
        storage = connect_storage(
            f"AccountName=a;AccountKey={SOMEONE_ELSES_KEY};BlobEndpoint={url}"
        )
        try:
            with pytest.raises(ServiceError, match="container 'c' is still being deleted"):
                storage.ensure_container("c", STAMP)
        finally:
            server.shutdown()
            thread.join()
