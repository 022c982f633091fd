"""Blocks, and blobs made of them, on the emulator and on Azurite."""

from __future__ import annotations

import base64
import http.client
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, ContainerClient

from tests.emulator.blob.servers import BlobServer, blob_path, error_code


def test_an_upload_goes_on_from_the_blocks_that_arrived(container: ContainerClient) -> None:
    parts = {f"{number:04}": bytes([number]) * 1000 for number in range(6)}
    begun = container.get_blob_client("clip.mov")
    for block_id in ("0000", "0001", "0003"):
        begun.stage_block(block_id, parts[block_id])

    resumed = container.get_blob_client("clip.mov")
    _, staged = resumed.get_block_list("uncommitted")
    there = {block["id"]: block["size"] for block in staged}
    assert there == {"0000": 1000, "0001": 1000, "0003": 1000}
    for block_id in parts.keys() - there:
        resumed.stage_block(block_id, parts[block_id])
    resumed.commit_block_list([BlobBlock(block_id) for block_id in parts])

    assert resumed.download_blob().readall() == b"".join(parts.values())
    committed, uncommitted = resumed.get_block_list("all")
    assert [block["id"] for block in committed] == list(parts)
    assert uncommitted == []


def test_a_blob_is_not_there_before_its_commit(container: ContainerClient) -> None:
    blob = container.get_blob_client("clip.mov")
    blob.stage_block("1", b"content")
    with pytest.raises(ResourceNotFoundError):
        blob.get_blob_properties()
    with pytest.raises(ResourceNotFoundError):
        blob.download_blob()


def test_a_commit_keeps_old_blocks_beside_new_ones(container: ContainerClient) -> None:
    blob = container.get_blob_client("clip.mov")
    for block_id, content in (("1", b"one "), ("2", b"two "), ("3", b"three ")):
        blob.stage_block(block_id, content)
    blob.commit_block_list([BlobBlock("1"), BlobBlock("2"), BlobBlock("3")])
    blob.stage_block("2", b"TWO ")
    assert blob.download_blob().readall() == b"one two three "
    blob.commit_block_list([BlobBlock("3"), BlobBlock("2"), BlobBlock("1")])
    assert blob.download_blob().readall() == b"three TWO one "


def test_a_block_staged_again_replaces_the_first(container: ContainerClient) -> None:
    blob = container.get_blob_client("clip.mov")
    blob.stage_block("1", b"first")
    blob.stage_block("1", b"second")
    blob.commit_block_list([BlobBlock("1")])
    assert blob.download_blob().readall() == b"second"


def test_an_upload_drops_blocks_that_were_not_committed(emulator: BlobServer) -> None:
    blob = emulator.new_container().get_blob_client("clip.mov")
    blob.stage_block("1", b"block")
    blob.upload_blob(b"whole")
    assert blob.get_block_list("all") == ([], [])


def test_an_empty_list_makes_an_empty_blob(container: ContainerClient) -> None:
    blob = container.get_blob_client("clip.mov")
    blob.commit_block_list([])
    assert blob.download_blob().readall() == b""


def test_a_list_with_a_block_that_is_not_there_is_refused(container: ContainerClient) -> None:
    blob = container.get_blob_client("clip.mov")
    blob.stage_block("1", b"content")
    with pytest.raises(HttpResponseError) as failure:
        blob.commit_block_list([BlobBlock("1"), BlobBlock("2")])
    assert error_code(failure.value) == "InvalidBlockList"
    assert not blob.exists()


def test_block_ids_of_one_blob_have_one_length(container: ContainerClient) -> None:
    blob = container.get_blob_client("clip.mov")
    blob.stage_block("1", b"content")
    with pytest.raises(HttpResponseError) as failure:
        blob.stage_block("longer", b"content")
    assert error_code(failure.value) == "InvalidBlobOrBlock"


@pytest.mark.parametrize("block_id", ["", "not base64", base64.b64encode(b"x" * 65).decode()])
def test_a_bad_block_id_is_refused(emulator: BlobServer, block_id: str) -> None:
    container = emulator.new_container()
    answer = emulator.send(
        "PUT",
        blob_path(container.container_name, "clip.mov"),
        body=b"content",
        query=f"comp=block&blockid={block_id.replace(' ', '%20').replace('=', '%3D')}",
    )
    assert answer.status == 400


def test_a_block_that_changed_on_the_way_is_refused(blob_server: BlobServer) -> None:
    container = blob_server.new_container()
    answer = blob_server.send(
        "PUT",
        blob_path(container.container_name, "clip.mov"),
        {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
        b"content",
        query="comp=block&blockid=MQ%3D%3D",
    )
    assert answer.status == 400


@pytest.mark.parametrize(
    "document", [b"", b"<BlockList>", b"<Other/>", b"<BlockList><Old>MQ==</Old></BlockList>"]
)
def test_a_list_that_is_no_block_list_is_refused(emulator: BlobServer, document: bytes) -> None:
    container = emulator.new_container()
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("PUT", path, body=document, query="comp=blocklist")
    assert answer.status == 400
    assert answer.headers["x-ms-error-code"] == "InvalidXmlDocument"


def test_a_list_of_too_many_blocks_is_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    blob = container.get_blob_client("clip.mov")
    blob.stage_block("1", b"content")
    with pytest.raises(HttpResponseError) as failure:
        blob.commit_block_list([BlobBlock("1")] * 50_001)
    assert error_code(failure.value) == "BlockListTooLong"


def test_one_block_can_stand_in_a_blob_more_than_once(container: ContainerClient) -> None:
    blob = container.get_blob_client("clip.mov")
    blob.stage_block("1", b"ab")
    blob.commit_block_list([BlobBlock("1")] * 3)
    assert blob.download_blob(offset=1, length=4).readall() == b"baba"


UPLOAD = {"x-ms-blob-type": "BlockBlob"}


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("query", "headers", "limit"),
    [("", UPLOAD, 5000 * MIB), ("comp=block&blockid=MQ%3D%3D", {}, 4000 * MIB)],
    ids=["Put Blob", "Put Block"],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(
    emulator: BlobServer, query: str, headers: dict[str, str], limit: int
) -> None:
    container = emulator.new_container()
    url = urlsplit(emulator.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    path = f"{url.path}/{container.container_name}/clip.mov"
    connection.putrequest("PUT", f"{path}?{query}&{emulator.account_sas()}")
    for name, value in (headers | {"Content-Length": str(limit + 1)}).items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert response.getheader("x-ms-error-code") == "RequestBodyTooLarge"
    connection.close()


def test_a_body_of_unknown_length_is_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("PUT", path, UPLOAD | {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n")
    assert answer.status == 411


def test_empty_headers_of_properties_are_as_if_absent(emulator: BlobServer) -> None:
    container = emulator.new_container()
    names = ("content-md5", "cache-control", "content-type", "content-encoding")
    empty = {f"x-ms-blob-{name}": "" for name in names}
    path = f"/{container.container_name}/a.txt"
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "text/plain", **empty}
    assert emulator.send("PUT", path, headers, b"film").status == 201
    settings = container.get_blob_client("a.txt").get_blob_properties().content_settings
    assert settings.content_type == "text/plain"
    assert settings.content_md5 is not None
