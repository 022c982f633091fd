from __future__ import annotations

import pytest

from batchff.cloud.storage import Storage
from tests.cloud.test_storage import in_an_hour, send
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


def test_a_listing_shows_what_begins_with_the_prefix(storage: Storage, container: str) -> None:
    for name in ("a/1", "a/2", "ab/3", "b"):
        put(storage, container, name)
    assert [blob.name for blob in storage.list_blobs(container)] == ["a/1", "a/2", "ab/3", "b"]
    assert [blob.name for blob in storage.list_blobs(container, "a/")] == ["a/1", "a/2"]
    assert not list(storage.list_blobs(container, "c"))


def test_a_listing_of_no_container_is_empty(storage: Storage) -> None:
    assert not list(storage.list_blobs("never-made"))


@pytest.mark.parametrize("name", ["two\nlines.mp4", "a\ttab\r.mp4", "\x1b[31mred\x7f.mp4"])
def test_names_with_control_characters_stand_for_themselves(
    name: str, emulated_storage: StorageServer
) -> None:
    # Azurite fails to list some of them: it puts them into the XML as they are.
    storage, container = emulated_storage.storage(), emulated_storage.container
    storage.ensure_container(container, STAMP)
    put(storage, container, name)
    assert [blob.name for blob in storage.list_blobs(container)] == [name]
    assert send("GET", storage.read_url(container, name, expiry=in_an_hour())) == 200


def test_folders_are_listed_once_each_whatever_is_in_them(storage: Storage, container: str) -> None:
    for name in ("a/1", "a/2/3", "ab c/4", "b/5", "alone"):
        put(storage, container, name)
    assert list(storage.list_folders(container, "a")) == ["a/", "ab c/"]
    assert list(storage.list_folders(container, "")) == ["a/", "ab c/", "b/"]
    assert not list(storage.list_folders(container, "c"))
    assert not list(storage.list_folders("never-made", ""))
