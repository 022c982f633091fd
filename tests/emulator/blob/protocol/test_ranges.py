"""Parts of blobs."""

from __future__ import annotations

import base64
import hashlib

import pytest
from azure.storage.blob import BlobBlock, BlobClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.blob.servers import BlobServer, blob_path

CONTENT = bytes(range(256)) * 40
PIECES = (1, 4096, 100, 10_240 - 4197)


@pytest.fixture(scope="module", params=["whole", "blocks"])
def blob(request: pytest.FixtureRequest, blob_server: BlobServer) -> BlobClient:
    """The same content, put whole or made of blocks of several sizes."""
    blob = blob_server.new_container().get_blob_client("clip.mov")
    if request.param == "whole":
        blob.upload_blob(CONTENT)
        return blob
    start = 0
    for number, length in enumerate(PIECES):
        blob.stage_block(str(number), CONTENT[start : start + length])
        start += length
    blob.commit_block_list([BlobBlock(str(number)) for number in range(len(PIECES))])
    return blob


@settings(max_examples=40)
@given(
    offset=st.integers(0, len(CONTENT) - 1),
    length=st.none() | st.integers(1, len(CONTENT) + 10),
)
def test_a_part_is_a_slice(blob: BlobClient, offset: int, length: int | None) -> None:
    end = None if length is None else offset + length
    assert blob.download_blob(offset, length).readall() == CONTENT[offset:end]


@pytest.mark.parametrize(
    ("header", "content_range", "expected"),
    [
        ("bytes=0-0", "bytes 0-0/10240", CONTENT[:1]),
        ("bytes=10-", "bytes 10-10239/10240", CONTENT[10:]),
        ("bytes=4095-4097", "bytes 4095-4097/10240", CONTENT[4095:4098]),
        ("bytes=10239-99999", "bytes 10239-10239/10240", CONTENT[-1:]),
    ],
)
@pytest.mark.parametrize("name", ["Range", "x-ms-range"])
def test_a_part_says_where_it_lies(
    blob_server: BlobServer,
    blob: BlobClient,
    name: str,
    header: str,
    content_range: str,
    expected: bytes,
) -> None:
    path = blob_path(blob.container_name, blob.blob_name)
    answer = blob_server.send("GET", path, {name: header})
    assert answer.status == 206
    assert answer.headers["content-range"] == content_range
    assert answer.headers["content-length"] == str(len(expected))
    assert answer.body == expected


def test_x_ms_range_wins_over_range(blob_server: BlobServer, blob: BlobClient) -> None:
    path = blob_path(blob.container_name, blob.blob_name)
    headers = {"Range": "bytes=0-9", "x-ms-range": "bytes=20-29"}
    assert blob_server.send("GET", path, headers).body == CONTENT[20:30]


def test_a_part_comes_with_its_md5_on_demand(blob_server: BlobServer, blob: BlobClient) -> None:
    path = blob_path(blob.container_name, blob.blob_name)
    headers = {"x-ms-range": "bytes=0-4999", "x-ms-range-get-content-md5": "true"}
    answer = blob_server.send("GET", path, headers)
    expected = hashlib.md5(CONTENT[:5000]).digest()
    assert base64.b64decode(answer.headers["content-md5"]) == expected


def test_a_part_with_md5_has_at_most_4_mib(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", bytes(4 * 1024 * 1024 + 1))
    answer = emulator.send(
        "GET",
        blob_path(container.container_name, "clip.mov"),
        {"x-ms-range": "bytes=0-", "x-ms-range-get-content-md5": "true"},
    )
    assert answer.status == 400


def test_a_part_does_not_carry_the_md5_of_the_whole(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", CONTENT)
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("GET", path, {"Range": "bytes=0-9"})
    assert "content-md5" not in answer.headers
    whole = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    assert answer.headers["x-ms-blob-content-md5"] == whole


def test_a_part_beyond_the_end_is_refused(blob_server: BlobServer, blob: BlobClient) -> None:
    path = blob_path(blob.container_name, blob.blob_name)
    answer = blob_server.send("GET", path, {"x-ms-range": "bytes=99999-100000"})
    assert answer.status == 416
    assert answer.headers["x-ms-error-code"] == "InvalidRange"


def test_a_part_that_starts_at_the_end_is_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", CONTENT)
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("GET", path, {"x-ms-range": f"bytes={len(CONTENT)}-"})
    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize("header", ["bytes=-5", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "x"])
def test_a_malformed_range_is_refused(emulator: BlobServer, header: str) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", CONTENT)
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("GET", path, {"x-ms-range": header})
    assert answer.status == 400


def test_an_empty_blob_is_read_without_a_range(blob_server: BlobServer) -> None:
    blob = blob_server.new_container().upload_blob("empty", b"")
    assert blob.download_blob().readall() == b""
