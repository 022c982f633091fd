"""Append blobs, on the emulator and on Azurite."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, BlobType, ContainerClient

from tests.emulator.blob.servers import BlobServer, error_code


@pytest.fixture
def log(container: ContainerClient) -> BlobClient:
    blob = container.get_blob_client("log.txt")
    blob.create_append_blob(metadata={"a": "b"})
    return blob


def test_a_log_grows_at_its_end(log: BlobClient, container: ContainerClient) -> None:
    first = log.append_block(b"one\n")
    second = log.append_block(b"two\n", validate_content=True)
    assert (first["blob_append_offset"], second["blob_append_offset"]) == ("0", "4")
    assert second["blob_committed_block_count"] == 2
    assert log.download_blob().readall() == b"one\ntwo\n"
    assert log.download_blob(offset=2, length=4).readall() == b"e\ntw"
    told = log.get_blob_properties()
    assert (told.blob_type, told.size) == (BlobType.APPENDBLOB, 8)
    assert told.append_blob_committed_block_count == 2
    (listed,) = container.list_blobs()
    assert (listed.blob_type, listed.size) == (BlobType.APPENDBLOB, 8)
    log.upload_blob(b"new", blob_type=BlobType.APPENDBLOB)
    assert log.download_blob().readall() == b"one\ntwo\nnew"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"appendpos_condition": 1}, "AppendPositionConditionNotMet"),
        ({"maxsize_condition": 5}, "MaxBlobSizeConditionNotMet"),
    ],
)
def test_a_condition_that_is_not_met_appends_nothing(
    log: BlobClient, options: dict[str, Any], code: str
) -> None:
    log.append_block(b"one\n", appendpos_condition=0)
    with pytest.raises(HttpResponseError) as failure:
        log.append_block(b"two\n", **options)
    assert error_code(failure.value) == code
    assert log.get_blob_properties().size == 4


def test_each_type_of_blob_has_operations_of_its_own(
    log: BlobClient, container: ContainerClient
) -> None:
    with pytest.raises(HttpResponseError) as failure:
        container.upload_blob("film.mov", b"film").append_block(b"more")
    assert error_code(failure.value) == "InvalidBlobType"
    with pytest.raises(HttpResponseError) as failure:
        log.stage_block("AAAA", b"block")
    assert error_code(failure.value) == "InvalidBlobType"


def test_a_block_blob_takes_the_place_of_a_log(emulator: BlobServer) -> None:
    blob = emulator.new_container().get_blob_client("log.txt")
    blob.create_append_blob()
    blob.append_block(b"one")
    blob.upload_blob(b"film", overwrite=True)
    assert blob.get_blob_properties().blob_type == BlobType.BLOCKBLOB
    assert blob.download_blob().readall() == b"film"
