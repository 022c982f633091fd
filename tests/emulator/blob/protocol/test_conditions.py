"""Conditional requests, on the emulator and on Azurite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotModifiedError,
)
from azure.storage.blob import BlobBlock, BlobClient, ContainerClient

from tests.emulator.blob.servers import BlobServer, blob_path, error_code

OTHER = '"0x8D0000000000000"'


@pytest.fixture
def blob(container: ContainerClient) -> BlobClient:
    return container.upload_blob("clip.mov", b"content")


def test_reads_hold_if_the_etag_is_the_same(blob: BlobClient) -> None:
    etag = blob.get_blob_properties().etag
    same = MatchConditions.IfNotModified
    blob.get_blob_properties(etag=etag, match_condition=same)
    assert blob.download_blob(etag=etag, match_condition=same).readall() == b"content"
    with pytest.raises(ResourceModifiedError):
        blob.download_blob(etag=OTHER, match_condition=same)


def test_what_is_known_already_is_not_sent_again(blob: BlobClient) -> None:
    etag = blob.get_blob_properties().etag
    with pytest.raises(HttpResponseError) as failure:
        blob.download_blob(etag=etag, match_condition=MatchConditions.IfModified)
    assert failure.value.status_code == 304
    blob.download_blob(etag=OTHER, match_condition=MatchConditions.IfModified)


@pytest.mark.parametrize(
    ("header", "days", "status"),
    [
        ("If-Modified-Since", -1, 200),
        ("If-Modified-Since", 0, 304),
        ("If-Unmodified-Since", 0, 200),
        ("If-Unmodified-Since", -1, 412),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads_depend_on_the_time(
    blob_server: BlobServer, blob: BlobClient, method: str, header: str, days: int, status: int
) -> None:
    since = blob.get_blob_properties().last_modified + timedelta(days=days)
    path = blob_path(blob.container_name, blob.blob_name)
    headers = {header: format_datetime(since, usegmt=True)}
    assert blob_server.send(method, path, headers).status == status


WRITES: dict[str, Callable[..., object]] = {
    "Put Blob": lambda blob, **when: blob.upload_blob(b"new", overwrite=True, **when),
    "Put Block List": lambda blob, **when: blob.commit_block_list([], **when),
    "Set Blob Metadata": lambda blob, **when: blob.set_blob_metadata({"a": "b"}, **when),
    "Set Blob Properties": lambda blob, **when: blob.set_http_headers(**when),
    "Delete Blob": lambda blob, **when: blob.delete_blob(**when),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_writes_hold_only_if_the_etag_is_the_same(
    blob: BlobClient, write: Callable[..., object]
) -> None:
    etag = blob.get_blob_properties().etag
    same = MatchConditions.IfNotModified
    with pytest.raises(ResourceModifiedError) as failure:
        write(blob, etag=OTHER, match_condition=same)
    assert error_code(failure.value) == "ConditionNotMet"
    assert blob.get_blob_properties().etag == etag
    write(blob, etag=etag, match_condition=same)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_writes_depend_on_the_time(blob: BlobClient, write: Callable[..., object]) -> None:
    modified = blob.get_blob_properties().last_modified
    with pytest.raises(ResourceModifiedError):
        write(blob, if_unmodified_since=modified - timedelta(days=1))
    with pytest.raises((ResourceModifiedError, ResourceNotModifiedError)):
        write(blob, if_modified_since=modified + timedelta(days=1))
    write(blob, if_unmodified_since=modified + timedelta(days=1))


def test_a_blob_is_made_only_if_there_is_none(blob: BlobClient) -> None:
    missing = MatchConditions.IfMissing
    with pytest.raises(ResourceExistsError) as failure:
        blob.upload_blob(b"new", overwrite=True, match_condition=missing)
    assert error_code(failure.value) == "BlobAlreadyExists"
    blob.stage_block("1", b"new")
    with pytest.raises(ResourceExistsError):
        blob.commit_block_list([BlobBlock("1")], match_condition=missing)
    assert blob.download_blob().readall() == b"content"
    blob.delete_blob()
    blob.upload_blob(b"new", overwrite=True, match_condition=missing)


def test_a_write_to_what_is_not_there_needs_no_etag(emulator: BlobServer) -> None:
    blob = emulator.new_container().get_blob_client("clip.mov")
    with pytest.raises(ResourceModifiedError):
        blob.upload_blob(
            b"new", overwrite=True, etag=OTHER, match_condition=MatchConditions.IfNotModified
        )


def test_a_condition_where_none_is_understood_is_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    answer = emulator.send(
        "PUT",
        blob_path(container.container_name, "clip.mov"),
        {"If-Match": OTHER},
        b"content",
        query="comp=block&blockid=MQ%3D%3D",
    )
    assert answer.headers["x-ms-error-code"] == "ConditionHeadersNotSupported"


def test_conditions_that_contradict_are_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", b"content")
    answer = emulator.send(
        "DELETE",
        blob_path(container.container_name, "clip.mov"),
        {"If-Match": OTHER, "If-None-Match": OTHER},
    )
    assert answer.headers["x-ms-error-code"] == "MultipleConditionHeadersNotSupported"
