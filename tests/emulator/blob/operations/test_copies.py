"""Blobs that are made of a URL: of another blob of the same service, which the URL may read."""

from __future__ import annotations

import hashlib
import socket
from typing import Any

import pytest
from azure.core.exceptions import (
    HttpResponseError,
)
from azure.storage.blob import (
    BlobBlock,
    BlobClient,
    ContainerClient,
    ContentSettings,
    StandardBlobTier,
)

from tests.emulator.blob.servers import BlobServer, blob_path, error_code

DATA = bytes(range(256)) * 4096
FILM = ContentSettings(content_type="video/mp4", content_language="de")


@pytest.fixture
def films(emulator: BlobServer) -> ContainerClient:
    return emulator.new_container()


def _source(server: BlobServer, container: ContainerClient, data: bytes = DATA) -> str:
    """Make a blob, and give its URL with a SAS to read it."""
    settings: dict[str, Any] = {"content_settings": FILM, "metadata": {"maker": "me"}}
    blob = container.upload_blob("source ä.mov", data, **settings)
    return f"{blob.url}?{server.account_sas('r')}"


def _with_host(url: str, host: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{host}/{rest.partition('/')[2]}"


def _code(blob: BlobClient, url: str, **options: Any) -> str:
    """Try to make a blob of a URL, and give the code of the error."""
    with pytest.raises(HttpResponseError) as error:
        blob.upload_blob_from_url(url, **options)
    return error_code(error.value)


@pytest.mark.parametrize("size", [0, 3, len(DATA)])
def test_a_blob_is_made_of_a_url(emulator: BlobServer, films: ContainerClient, size: int) -> None:
    url = _source(emulator, films, DATA[:size])
    copy = films.get_blob_client("copy.mov")

    copy.upload_blob_from_url(url)
    films.delete_blob("source ä.mov")

    assert copy.download_blob().readall() == DATA[:size]
    properties = copy.get_blob_properties()
    assert properties.content_settings.content_type == "video/mp4"
    assert properties.metadata == {}
    md5 = bytearray(hashlib.md5(DATA[:size], usedforsecurity=False).digest())
    assert properties.content_settings.content_md5 == md5


def test_the_properties_of_the_source_can_be_left_or_replaced(
    emulator: BlobServer, films: ContainerClient
) -> None:
    url = _source(emulator, films)
    left, replaced = (films.get_blob_client(name) for name in ("left", "replaced"))

    left.upload_blob_from_url(url, include_source_blob_properties=False)
    audio = ContentSettings(content_type="audio/mpeg")
    replaced.upload_blob_from_url(url, content_settings=audio, metadata={"a": "b"})

    assert left.get_blob_properties().content_settings.content_type == "application/octet-stream"
    after = replaced.get_blob_properties()
    assert after.content_settings.content_type == "audio/mpeg"
    assert after.content_settings.content_language == "de"
    assert after.metadata == {"a": "b"}


def test_a_blob_is_made_in_the_tier_that_is_asked_for(
    emulator: BlobServer, films: ContainerClient
) -> None:
    url = _source(emulator, films)
    cool, copied = (films.get_blob_client(name) for name in ("cool", "copied"))

    cool.upload_blob_from_url(url, standard_blob_tier=StandardBlobTier.COOL)
    copied.start_copy_from_url(url, standard_blob_tier=StandardBlobTier.COLD)

    assert cool.get_blob_properties().blob_tier == "Cool"
    assert copied.get_blob_properties().blob_tier == "Cold"


def test_an_archived_blob_cannot_be_copied(emulator: BlobServer, films: ContainerClient) -> None:
    url = _source(emulator, films)
    films.get_blob_client("source ä.mov").set_standard_blob_tier(StandardBlobTier.ARCHIVE)
    with pytest.raises(HttpResponseError) as failure:
        films.get_blob_client("copy").start_copy_from_url(url)
    assert error_code(failure.value) == "BlobArchived"


def test_a_blob_that_stands_is_replaced_only_where_that_is_asked_for(
    emulator: BlobServer, films: ContainerClient
) -> None:
    url = _source(emulator, films)
    copy = films.upload_blob("copy.mov", b"earlier")

    assert _code(copy, url) == "BlobAlreadyExists"
    copy.upload_blob_from_url(url, overwrite=True)

    assert copy.download_blob().readall() == DATA


def test_blocks_are_made_of_parts_of_a_url(emulator: BlobServer, films: ContainerClient) -> None:
    url = _source(emulator, films)
    copy = films.get_blob_client("copy.mov")
    half = len(DATA) // 2

    copy.stage_block_from_url("b", url, source_offset=half, source_length=len(DATA) - half)
    copy.stage_block_from_url("a", url, source_offset=0, source_length=half)
    copy.stage_block_from_url("c", url)
    copy.commit_block_list([BlobBlock("a"), BlobBlock("b"), BlobBlock("c")])

    assert copy.download_blob().readall() == DATA * 2


def test_what_was_read_is_held_to_the_md5_that_is_sent(
    emulator: BlobServer, films: ContainerClient
) -> None:
    url = _source(emulator, films)
    copy = films.get_blob_client("copy.mov")
    wrong = hashlib.md5(b"", usedforsecurity=False).digest()
    right = hashlib.md5(DATA[:5], usedforsecurity=False).digest()

    assert _code(copy, url, source_content_md5=bytearray(wrong)) == "Md5Mismatch"
    part: dict[str, Any] = {"source_offset": 0, "source_length": 5}
    copy.stage_block_from_url("a", url, **part, source_content_md5=bytearray(right))
    with pytest.raises(HttpResponseError) as error:
        copy.stage_block_from_url("b", url, **part, source_content_md5=bytearray(wrong))

    assert error_code(error.value) == "Md5Mismatch"
    assert [block.id for block in copy.get_block_list("uncommitted")[1]] == ["a"]


def test_a_block_is_made_of_a_range_of_many_blocks_and_of_no_more(
    emulator: BlobServer, films: ContainerClient
) -> None:
    source = films.get_blob_client("source")
    ids = [f"{index:03}" for index in range(20)]
    for index, block_id in enumerate(ids):
        source.stage_block(block_id, bytes([index]) * 100)
    source.commit_block_list([BlobBlock(block_id) for block_id in ids])
    url = f"{source.url}?{emulator.account_sas('r')}"
    copy = films.get_blob_client("copy")

    copy.stage_block_from_url("a", url, source_offset=250, source_length=300)
    copy.commit_block_list([BlobBlock("a")])
    films.delete_blob("source")

    whole = b"".join(bytes([index]) * 100 for index in range(20))
    assert copy.download_blob().readall() == whole[250:550]


def test_a_source_of_another_etag_makes_no_block(
    emulator: BlobServer, films: ContainerClient
) -> None:
    url = _source(emulator, films)
    etag = films.get_blob_client("source ä.mov").get_blob_properties().etag

    def block(etag: str) -> tuple[int, str | None]:
        answer = emulator.send(
            "PUT",
            blob_path(films.container_name, "copy"),
            {"x-ms-copy-source": url, "x-ms-source-if-match": etag},
            query="comp=block&blockid=YQ==",
            sas=emulator.account_sas("w"),
        )
        return answer.status, answer.headers.get("x-ms-error-code")

    assert block(etag) == (201, None)
    assert block('"0x8D0"') == (412, "SourceConditionNotMet")


def test_a_url_that_may_not_read_makes_nothing(
    emulator: BlobServer, films: ContainerClient
) -> None:
    readable = _source(emulator, films)
    bare = readable.partition("?")[0]
    copy = films.get_blob_client("copy.mov")

    assert _code(copy, bare) == "AuthenticationFailed"
    assert _code(copy, f"{readable}x") == "AuthenticationFailed"
    writing = f"{bare}?{emulator.account_sas('w')}"
    assert _code(copy, writing) == "AuthorizationPermissionMismatch"
    missing = readable.replace("source", "nothing")
    assert _code(copy, missing) == "CannotVerifyCopySource"
    assert not copy.exists()


@pytest.mark.parametrize("operation", ["blob", "block", "copy", "copy at once"])
def test_nothing_is_fetched_from_elsewhere(
    emulator: BlobServer, films: ContainerClient, operation: str
) -> None:
    copy = films.get_blob_client("copy.mov")
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        url = _with_host(_source(emulator, films), f"127.0.0.1:{elsewhere.getsockname()[1]}")
        with pytest.raises(HttpResponseError) as error:
            if operation == "blob":
                copy.upload_blob_from_url(url)
            elif operation == "block":
                copy.stage_block_from_url("a", url)
            else:
                copy.start_copy_from_url(url, requires_sync=operation == "copy at once")
        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()

    assert error.value.status_code == 501
    assert "a copy from another service" in str(error.value)


def test_a_copy_can_be_asked_for_at_once(
    blob_server: BlobServer, container: ContainerClient
) -> None:
    url = _source(blob_server, container)
    copy = container.get_blob_client("copy.mov")

    assert copy.start_copy_from_url(url, requires_sync=True)["copy_status"] == "success"

    assert copy.download_blob().readall() == DATA
    assert copy.get_blob_properties().metadata == {"maker": "me"}


def test_a_part_that_is_not_there_is_refused(emulator: BlobServer, films: ContainerClient) -> None:
    url = _source(emulator, films, b"short")
    with pytest.raises(HttpResponseError) as error:
        films.get_blob_client("copy").stage_block_from_url(
            "a", url, source_offset=5, source_length=1
        )
    assert error_code(error.value) == "InvalidRange"


@pytest.mark.parametrize("source", ["", "nothing", "http://[", "http://127.0.0.1:x/a/b/c"])
def test_a_source_that_is_no_url_is_refused(
    emulator: BlobServer, films: ContainerClient, source: str
) -> None:
    headers = {"x-ms-blob-type": "BlockBlob", "x-ms-copy-source": source}
    answer = emulator.send("PUT", blob_path(films.container_name, "copy"), headers, b"")
    assert answer.status in (404, 501)


def test_a_body_beside_a_url_is_refused(emulator: BlobServer, films: ContainerClient) -> None:
    headers = {"x-ms-blob-type": "BlockBlob", "x-ms-copy-source": _source(emulator, films)}
    headers["x-ms-copy-source"] = headers["x-ms-copy-source"].replace("ä", "%C3%A4")
    answer = emulator.send("PUT", blob_path(films.container_name, "copy"), headers, b"bytes")
    assert answer.status == 400


def test_a_copy_stands_when_its_source_is_gone(container: ContainerClient) -> None:
    source = container.upload_blob("clip.mov", b"content", metadata={"take": "1"})
    copy = container.get_blob_client("copies/clip ä.mov")
    assert copy.start_copy_from_url(source.url)["copy_status"] == "success"
    source.delete_blob()
    assert copy.download_blob().readall() == b"content"
    properties = copy.get_blob_properties()
    assert properties.metadata == {"take": "1"}
    assert properties.copy.status == "success"


def test_a_copy_of_what_does_not_exist_is_refused(container: ContainerClient) -> None:
    missing = container.get_blob_client("missing.mov")
    with pytest.raises(HttpResponseError) as failure:
        container.get_blob_client("copy.mov").start_copy_from_url(missing.url)
    assert failure.value.status_code == 404


def test_a_copy_by_sas_needs_one_for_its_source_too(emulator: BlobServer) -> None:
    source = emulator.new_container().upload_blob("clip.mov", b"content")
    target = emulator.new_container()
    writer = emulator.with_sas(emulator.account_sas("cw"))
    copy = writer.get_blob_client(target.container_name, "copy.mov")
    for sas in ("", f"?{emulator.account_sas('w')}"):
        with pytest.raises(HttpResponseError):
            copy.start_copy_from_url(source.url + sas)
    copy.start_copy_from_url(f"{source.url}?{emulator.account_sas('r')}")
    assert target.download_blob("copy.mov").readall() == b"content"
    assert "sig=" not in str(target.get_blob_client("copy.mov").get_blob_properties().copy.source)
