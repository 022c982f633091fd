"""Blobs as wholes, on the emulator and on Azurite."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob import ContainerClient, ContentSettings, StandardBlobTier

from tests.emulator.blob.servers import BlobServer, blob_path, error_code

MIB = 1024 * 1024


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 9 * MIB])
def test_a_blob_comes_back_byte_for_byte(container: ContainerClient, size: int) -> None:
    content = random.Random(size).randbytes(size)
    blob = container.upload_blob("folder/clip 1.mov", content)
    assert blob.download_blob().readall() == content
    assert blob.get_blob_properties().size == size


def test_a_large_upload_in_blocks_comes_back_byte_for_byte(blob_server: BlobServer) -> None:
    content = random.Random(9).randbytes(9 * MIB)
    container = blob_server.new_container(max_single_put_size=MIB, max_block_size=2 * MIB)
    blob = container.upload_blob(
        "clip.mov",
        content,
        metadata={"preset": "h264"},
        content_settings=ContentSettings(content_type="video/quicktime"),
        max_concurrency=3,
    )
    assert blob.download_blob(max_concurrency=2).readall() == content
    properties = blob.get_blob_properties()
    assert properties.metadata == {"preset": "h264"}
    assert properties.content_settings.content_type == "video/quicktime"
    committed, uncommitted = blob.get_block_list("all")
    assert (len(committed), uncommitted) == (5, [])


def test_300_mib_come_back_byte_for_byte(emulator: BlobServer) -> None:
    """Made while they are sent, so that no test holds them in memory or in a file."""
    size = 300 * MIB
    container = emulator.new_container(
        max_block_size=8 * MIB, max_single_put_size=MIB, min_large_block_upload_threshold=64 * MIB
    )
    content: Any = _made(size)
    blob = container.upload_blob("large.mov", content, length=size)
    received = hashlib.sha256()
    for chunk in blob.download_blob().chunks():
        received.update(chunk)
    expected = hashlib.sha256()
    for chunk in _made(size):
        expected.update(chunk)
    assert received.hexdigest() == expected.hexdigest()


def test_put_blob_stores_the_md5_of_what_arrived(container: ContainerClient) -> None:
    blob = container.upload_blob("clip.mov", b"content")
    stored = blob.get_blob_properties().content_settings.content_md5
    assert stored == bytearray(hashlib.md5(b"content").digest())


def test_an_md5_that_the_client_gives_for_the_blob_is_stored(container: ContainerClient) -> None:
    settings = ContentSettings(content_md5=bytearray(hashlib.md5(b"content").digest()))
    blob = container.upload_blob("clip.mov", b"content", content_settings=settings)
    stored = blob.get_blob_properties().content_settings.content_md5
    assert stored == bytearray(hashlib.md5(b"content").digest())


def test_content_that_changed_on_the_way_is_refused(blob_server: BlobServer) -> None:
    container = blob_server.new_container()
    answer = blob_server.send(
        "PUT",
        blob_path(container.container_name, "clip.mov"),
        {"x-ms-blob-type": "BlockBlob", "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
        b"content",
    )
    assert answer.status == 400
    assert not container.get_blob_client("clip.mov").exists()


def test_an_upload_replaces_the_blob_only_when_told_to(container: ContainerClient) -> None:
    blob = container.upload_blob("clip.mov", b"first", metadata={"take": "1"})
    with pytest.raises(ResourceExistsError):
        blob.upload_blob(b"second")
    assert blob.download_blob().readall() == b"first"
    blob.upload_blob(b"third", overwrite=True)
    assert blob.download_blob().readall() == b"third"
    assert blob.get_blob_properties().metadata == {}


def test_properties_and_metadata_are_set_and_told(container: ContainerClient) -> None:
    blob = container.upload_blob("clip.mov", b"content")
    before = blob.get_blob_properties()
    settings = ContentSettings(
        content_type="video/quicktime",
        content_encoding="identity",
        content_language="de",
        content_disposition="attachment",
        cache_control="no-cache",
    )
    blob.set_http_headers(settings)
    blob.set_blob_metadata({"a_b": "1", "a1": "2", "title": "Harbour at dusk; 50%"})
    after = blob.get_blob_properties()
    assert after.content_settings.content_type == "video/quicktime"
    assert after.content_settings.content_encoding == "identity"
    assert after.content_settings.content_language == "de"
    assert after.content_settings.content_disposition == "attachment"
    assert after.content_settings.cache_control == "no-cache"
    assert after.metadata == {"a_b": "1", "a1": "2", "title": "Harbour at dusk; 50%"}
    assert after.etag != before.etag
    assert after.size == before.size


def test_a_deleted_blob_is_gone(container: ContainerClient) -> None:
    blob = container.upload_blob("clip.mov", b"content")
    blob.delete_blob(delete_snapshots="include")
    with pytest.raises(ResourceNotFoundError) as failure:
        blob.download_blob()
    assert error_code(failure.value) == "BlobNotFound"
    with pytest.raises(ResourceNotFoundError):
        blob.delete_blob()


def test_a_metadata_name_that_is_no_identifier_is_refused(container: ContainerClient) -> None:
    with pytest.raises(HttpResponseError) as failure:
        container.upload_blob("clip.mov", b"content", metadata={"not-a-name": "x"})
    assert failure.value.status_code == 400


def test_a_tier_is_kept_and_told(container: ContainerClient) -> None:
    container.upload_blob("cool.mov", b"film", standard_blob_tier=StandardBlobTier.COOL)
    plain = container.upload_blob("plain.mov", b"film")
    before = plain.get_blob_properties()
    assert (before.blob_tier, before.blob_tier_inferred) == ("Hot", True)

    plain.set_standard_blob_tier(StandardBlobTier.COLD)

    after = plain.get_blob_properties()
    assert (after.blob_tier, bool(after.blob_tier_inferred)) == ("Cold", False)
    assert after.blob_tier_change_time is not None
    assert after.etag == before.etag
    listed = {blob.name: blob.blob_tier for blob in container.list_blobs()}
    assert listed == {"cool.mov": "Cool", "plain.mov": "Cold"}
    plain.upload_blob(b"other", overwrite=True)
    assert plain.get_blob_properties().blob_tier_inferred


def test_an_archived_blob_is_told_of_and_not_read(container: ContainerClient) -> None:
    blob = container.upload_blob("film.mov", b"film")
    blob.set_standard_blob_tier(StandardBlobTier.ARCHIVE)
    assert blob.get_blob_properties().size == 4
    with pytest.raises(HttpResponseError) as failure:
        blob.download_blob()
    assert error_code(failure.value) == "BlobArchived"


def test_the_archive_gives_a_blob_back_at_once(emulator: BlobServer) -> None:
    blob = emulator.new_container().upload_blob("film.mov", b"film")
    blob.set_standard_blob_tier(StandardBlobTier.ARCHIVE)
    blob.set_standard_blob_tier(StandardBlobTier.HOT)
    assert blob.download_blob().readall() == b"film"


def test_a_tier_of_page_blobs_is_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("film.mov", b"film")
    path = blob_path(container.container_name, "film.mov")
    for headers, code in (
        ({"x-ms-access-tier": "P4"}, "InvalidHeaderValue"),
        ({}, "MissingRequiredHeader"),
    ):
        answer = emulator.send("PUT", path, headers, b"", query="comp=tier")
        assert answer.headers["x-ms-error-code"] == code


def _made(size: int) -> Iterator[bytes]:
    """Bytes that differ from chunk to chunk, and cost nothing to make."""
    pattern = random.Random(1).randbytes(MIB)
    for index in range(size // MIB):
        yield index.to_bytes(8) + pattern[8:]
