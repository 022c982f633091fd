from __future__ import annotations

import pytest

from batchff.cloud.storage import Storage
from tests.storage_servers import (
    StorageServer,
)

STAMP = {"batchff": "0.1.0", "batchff_modified": "1732290000000000000"}


@pytest.fixture
def storage(storage_server: StorageServer) -> Storage:
    return storage_server.storage()


@pytest.fixture
def container(storage: Storage, storage_server: StorageServer) -> str:
    storage.ensure_container(storage_server.container, STAMP)
    return storage_server.container


def put(storage: Storage, container: str, blob: str, data: bytes = b"media") -> None:
    storage.upload_bytes(container, blob, data, {})


def test_the_end_of_a_blob_can_be_read_alone(storage: Storage, container: str) -> None:
    put(storage, container, "log", b"first\nlast\n")
    put(storage, container, "empty", b"")
    assert storage.read_end(container, "log", 5) == b"last\n"
    assert storage.read_end(container, "log", 1000) == b"first\nlast\n"
    assert storage.read_end(container, "empty", 5) == b""
    assert storage.read_end(container, "gone", 5) is None


def test_a_blob_is_what_its_listing_shows(storage: Storage, container: str) -> None:
    put(storage, container, "a/b.mp4", b"frames")
    [listed] = storage.list_blobs(container, metadata=True)
    assert storage.blob_info(container, "a/b.mp4") == listed
