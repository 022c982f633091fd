"""Containers and their listings, on the emulator and on Azurite."""

from __future__ import annotations

from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobPrefix, BlobProperties, ContainerClient

from tests.emulator.blob.servers import BlobServer, error_code


def test_a_container_is_made_once_and_deleted(blob_server: BlobServer) -> None:
    container = blob_server.new_container()
    with pytest.raises(ResourceExistsError):
        container.create_container()
    container.upload_blob("clip.mov", b"content")
    container.delete_container()
    assert not container.exists()
    with pytest.raises(ResourceNotFoundError) as failure:
        container.upload_blob("clip.mov", b"content")
    assert error_code(failure.value) == "ContainerNotFound"


def test_a_container_made_again_is_empty(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", b"content")
    container.delete_container()
    container.create_container()
    assert list(container.list_blob_names()) == []


def test_a_container_keeps_its_metadata(blob_server: BlobServer) -> None:
    client = blob_server.client()
    container = client.create_container(f"test-{uuid4().hex}", metadata={"batchff": "1"})
    assert container.get_container_properties().metadata == {"batchff": "1"}
    container.set_container_metadata({"batchff": "2"})
    assert container.get_container_properties().metadata == {"batchff": "2"}
    listed = client.list_containers(container.container_name, include_metadata=True)
    assert [each.metadata for each in listed] == [{"batchff": "2"}]


@pytest.mark.parametrize("name", ["Upper", "ab", "a" * 64, "two--hyphens", "-start", "end-"])
def test_a_bad_container_name_is_refused(blob_server: BlobServer, name: str) -> None:
    with pytest.raises(HttpResponseError) as failure:
        blob_server.client().create_container(name)
    assert failure.value.status_code == 400


def test_blobs_are_listed_a_page_at_a_time(container: ContainerClient) -> None:
    names = [f"clip {number}.mov" for number in range(7)]
    for name in reversed(names):
        container.upload_blob(name, b"content")
    pages = container.list_blobs(results_per_page=3).by_page()
    assert [[blob.name for blob in page] for page in pages] == [names[:3], names[3:6], names[6:]]


def test_a_listing_ends_with_its_last_full_page(container: ContainerClient) -> None:
    for name in ("a", "b"):
        container.upload_blob(name, b"")
    pages = [list(page) for page in container.list_blob_names(results_per_page=2).by_page()]
    assert pages == [["a", "b"]]


def test_blobs_are_listed_by_prefix(container: ContainerClient) -> None:
    for name in ("job/logs/1", "job/media/1", "job/media/2", "jobs"):
        container.upload_blob(name, b"content")
    assert list(container.list_blob_names(name_starts_with="job/media/")) == [
        "job/media/1",
        "job/media/2",
    ]


def test_folders_are_walked(container: ContainerClient) -> None:
    for name in ("a.mov", "b/1.mov", "b/2.mov", "b/c/3.mov", "b.mov", "d/4.mov"):
        container.upload_blob(name, b"content")
    top = list(container.walk_blobs())
    assert {each.name for each in top} == {"a.mov", "b.mov", "b/", "d/"}
    assert {each.name for each in top if isinstance(each, BlobPrefix)} == {"b/", "d/"}
    below = container.walk_blobs(name_starts_with="b/")
    assert {each.name for each in below} == {"b/1.mov", "b/2.mov", "b/c/"}


def test_a_walk_goes_on_behind_a_folder(container: ContainerClient) -> None:
    for name in ("a/1", "a/2", "b/1", "c"):
        container.upload_blob(name, b"")
    pages = container.walk_blobs(results_per_page=1).by_page()
    assert [[each.name for each in page] for page in pages] == [["a/"], ["b/"], ["c"]]


def test_a_listing_tells_what_reading_the_blob_tells(container: ContainerClient) -> None:
    blob = container.upload_blob("a & <b>.mov", b"content", metadata={"take": "1"})
    listed: list[BlobProperties] = list(container.list_blobs(include=["metadata"]))
    told = blob.get_blob_properties()
    assert [each.name for each in listed] == [told.name]
    assert listed[0].metadata == told.metadata
    assert listed[0].size == told.size
    assert listed[0].etag == told.etag.strip('"')
    assert listed[0].last_modified == told.last_modified
    assert listed[0].content_settings.content_md5 == told.content_settings.content_md5


def test_blobs_without_a_commit_are_listed_only_on_demand(container: ContainerClient) -> None:
    container.get_blob_client("begun.mov").stage_block("1", b"content")
    assert list(container.list_blob_names()) == []
    listed = list(container.list_blobs(include=["uncommittedblobs"]))
    assert [(blob.name, blob.size) for blob in listed] == [("begun.mov", 0)]


def test_a_listing_begins_where_it_is_asked_to(emulator: BlobServer) -> None:
    container = emulator.new_container()
    for name in ("log/1", "log/2", "log/3", "other"):
        container.upload_blob(name, b"")
    answer = emulator.send(
        "GET",
        f"/{container.container_name}",
        query="restype=container&comp=list&prefix=log/&startFrom=log/2",
    )
    assert answer.status == 200
    assert answer.body.count(b"<Blob>") == 2
    assert b"<Name>log/2</Name>" in answer.body


@pytest.mark.parametrize("exists", [True, False])
def test_programs_are_told_that_there_is_no_hierarchical_namespace(
    emulator: BlobServer, exists: bool
) -> None:
    name = emulator.new_container().container_name if exists else "none"
    answer = emulator.send("HEAD", f"/{name}/", query="action=getAccessControl")
    assert (answer.status, answer.headers["x-ms-error-code"]) == (
        (400, "HierarchicalNamespaceNotEnabled") if exists else (404, "ContainerNotFound")
    )
    assert "content-type" not in answer.headers, "there is no document to parse"
