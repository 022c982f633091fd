from __future__ import annotations

import os
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme
import urllib3

from batchff.cloud.storage import Storage, connect_storage, file_md5
from batchff.errors import (
    ExitCode,
    NotFoundError,
    ProfileError,
    ServiceError,
    SignInError,
    UnreachableError,
)
from batchff.model.files import BlobInfo
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.identity.certificates import Certificates
from tests.storage_servers import (
    SOMEONE_ELSES_KEY,
    StorageServer,
    closed_port,
    download_to,
    write_random,
)

MIB = 1024 * 1024
HOUR = timedelta(hours=1)
STAMP = {"batchff": "0.1.0", "batchff_modified": "1732290000000000000"}


@pytest.fixture
def storage(storage_server: StorageServer) -> Storage:
    return storage_server.storage()


@pytest.fixture
def container(storage: Storage, storage_server: StorageServer) -> str:
    storage.ensure_container(storage_server.container, STAMP)
    return storage_server.container


def ignore(_count: int) -> None:
    """Take no notice of progress."""


def in_an_hour() -> datetime:
    return datetime.now(UTC) + HOUR


def put(storage: Storage, container: str, blob: str, data: bytes = b"media") -> None:
    storage.upload_bytes(container, blob, data, {})


def only_blob(storage: Storage, container: str) -> BlobInfo:
    (blob,) = storage.list_blobs(container, metadata=True)
    return blob


def send(method: str, url: str, body: bytes | None = None) -> int:
    """Send a request with nothing but its URL to let it in; return the answer's status."""
    headers = {"x-ms-blob-type": "BlockBlob"} if method == "PUT" else {}
    return urllib3.request(method, url, body=body, headers=headers, retries=False).status


def below(url: str, name: str) -> str:
    """The URL of a blob, from a container's URL with a SAS."""
    path, _, token = url.partition("?")
    return f"{path}/{name}?{token}"


# Files there and back


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 9 * MIB])
def test_a_file_comes_back_as_it_was_sent(
    size: int, storage: Storage, container: str, tmp_path: Path
) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    md5 = write_random(source, size)
    sent: list[int] = []
    received: list[int] = []
    storage.upload_file(container, "a/b.mp4", source, metadata=STAMP, bytes_done=sent.append)
    download_to(copy, storage, container, "a/b.mp4", bytes_done=received.append)
    assert copy.read_bytes() == source.read_bytes()
    assert sum(sent) == sum(received) == size
    blob = only_blob(storage, container)
    assert (blob.name, blob.size, blob.md5, blob.metadata) == ("a/b.mp4", size, md5, STAMP)
    assert abs(blob.modified - datetime.now(UTC)) < HOUR


def test_a_file_of_many_blocks_comes_back_as_it_was_sent(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    md5 = write_random(source, 70 * MIB)
    storage, container = emulated_storage.storage(), emulated_storage.container
    storage.ensure_container(container, STAMP)
    sent: list[int] = []
    received: list[int] = []
    storage.upload_file(container, "b.mp4", source, metadata={}, bytes_done=sent.append)
    source.unlink()
    blob = only_blob(storage, container)
    assert (blob.size, blob.md5) == (70 * MIB, md5)
    download_to(copy, storage, container, "b.mp4", bytes_done=received.append)
    storage.delete_container(container)
    assert file_md5(copy) == md5
    assert sum(sent) == sum(received) == 70 * MIB
    # Progress is told while it goes on, not only at the end.
    assert min(len(sent), len(received)) > 10


def test_a_file_takes_the_place_of_an_older_one(
    storage: Storage, container: str, tmp_path: Path
) -> None:
    for text in ("old", "newer"):
        (tmp_path / text).write_text(text)
        storage.upload_file(
            container, "b", tmp_path / text, metadata={"is": text}, bytes_done=ignore
        )
    blob = only_blob(storage, container)
    assert (blob.size, blob.md5, blob.metadata) == (
        5,
        file_md5(tmp_path / "newer"),
        {"is": "newer"},
    )


class Enough(Exception):
    """What a caller raises to stop a transfer."""


def stop(_count: int) -> None:
    raise Enough


@pytest.mark.parametrize("size", [9 * MIB, 80 * MIB])
def test_a_transfer_is_stopped_by_who_hears_of_its_progress(
    size: int, emulated_storage: StorageServer, tmp_path: Path
) -> None:
    storage, container = emulated_storage.storage(), emulated_storage.container
    storage.ensure_container(container, STAMP)
    write_random(tmp_path / "source", size)

    def upload(bytes_done: Callable[[int], None]) -> None:
        storage.upload_file(container, "b", tmp_path / "source", metadata={}, bytes_done=bytes_done)

    with pytest.raises(Enough):
        upload(stop)
    if size > 32 * MIB:
        assert not list(storage.list_blobs(container))
    upload(ignore)
    with pytest.raises(Enough):
        download_to(tmp_path / "copy", storage, container, "b", bytes_done=stop)
    storage.delete_container(container)


def test_a_files_md5_can_be_given_up(tmp_path: Path) -> None:
    write_random(tmp_path / "a", 3 * MIB)
    asked: list[bool] = []

    def stop_at_second_look() -> bool:
        asked.append(True)
        return len(asked) > 1

    assert file_md5(tmp_path / "a", stop_at_second_look) != file_md5(tmp_path / "a")
    assert len(asked) == 2


# Names and blobs


WILD_NAMES = [
    "videos/two words.mp4",
    'videos/it\'s "quoted".mp4',
    "videos/$(touch x);`y`.mp4",
    "videos/100%.mp4",
    "videos/%41.mp4",
    "videos/#1.mp4",
    "videos/a&b=c?d+e.mp4",
    "videos/<b>.mp4",
    "videos/-nostdin.mp4",
    "videos/[1] {2} ~.mp4",
    f"videos/{unicodedata.normalize('NFC', 'café')}.mp4",
    f"videos/{unicodedata.normalize('NFD', 'café')}.mp4",
    "videos/🎬 映画.mp4",
    f"videos/{'x' * 196}.mp4",
]


def test_wild_names_stand_for_themselves(storage: Storage, container: str) -> None:
    for name in WILD_NAMES:
        put(storage, container, name, name.encode())
    assert sorted(blob.name for blob in storage.list_blobs(container, "videos/")) == sorted(
        WILD_NAMES
    )
    for name in WILD_NAMES:
        assert storage.read_end(container, name, 1000) == name.encode()
        answer = urllib3.request("GET", storage.read_url(container, name, expiry=in_an_hour()))
        assert (answer.status, answer.data) == (200, name.encode())


LOOKS_AT_BLOBS = """
import sys
from batchff.cloud.storage import connect_storage
from batchff.pipeline.transfer import download
from batchff.pipeline.transfer import upload
storage, container = connect_storage(sys.argv[1]), sys.argv[2]
storage.upload_bytes(container, "a", b"frames", {"batchff": "1"})
assert storage.blob_info(container, "a").metadata == {"batchff": "1"}
assert storage.read_end(container, "a", 3) == b"mes"
assert storage.read_piece(container, "a", 1, 3) == b"ram"
storage.delete_blob(container, "a")
assert "azure" not in sys.modules
"""


def test_single_blobs_and_their_stages_need_no_sdk(emulated_storage: StorageServer) -> None:
    emulated_storage.storage().ensure_container(emulated_storage.container, STAMP)
    words = (emulated_storage.connection_string(), emulated_storage.container)
    subprocess.run([sys.executable, "-c", LOOKS_AT_BLOBS, *words], check=True)


def test_a_blob_that_is_gone_is_told_or_fine(
    storage: Storage, container: str, tmp_path: Path
) -> None:
    storage.delete_blob(container, "gone")
    with pytest.raises(NotFoundError, match="reading 'gone'"):
        storage.blob_info(container, "gone")
    with pytest.raises(NotFoundError, match="downloading 'gone': BlobNotFound") as raised:
        download_to(tmp_path / "copy", storage, container, "gone")
    assert raised.value.exit_code is ExitCode.ERROR


def test_a_container_that_is_gone_is_told(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="uploading 'b': ContainerNotFound"):
        put(storage, "never-made", "b")
    with pytest.raises(NotFoundError, match="downloading 'b': ContainerNotFound"):
        download_to(tmp_path / "copy", storage, "never-made", "b")


# What a URL lets its bearer do


def test_a_read_url_reads_one_blob_and_does_nothing_else(storage: Storage, container: str) -> None:
    put(storage, container, "a.mp4")
    put(storage, container, "b.mp4")
    url = storage.read_url(container, "a.mp4", expiry=in_an_hour())
    assert send("GET", url) == 200
    assert send("HEAD", url) == 200
    assert send("PUT", url, b"other") == 403
    assert send("DELETE", url) == 403
    assert send("GET", url.replace("a.mp4", "b.mp4")) == 403
    assert send("GET", url.replace("/a.mp4", "") + "&restype=container&comp=list") == 403
    assert storage.read_end(container, "a.mp4", 10) == b"media"


def test_a_write_url_writes_blobs_of_one_container_and_does_nothing_else(
    storage: Storage, container: str
) -> None:
    url = storage.write_url(container, expiry=in_an_hour())
    assert send("PUT", below(url, "a.mp4"), b"first") == 201
    assert send("PUT", below(url, "a.mp4"), b"again") == 201
    assert storage.read_end(container, "a.mp4", 10) == b"again"
    assert send("GET", below(url, "a.mp4")) == 403
    assert send("DELETE", below(url, "a.mp4")) == 403
    assert send("GET", f"{url}&restype=container&comp=list") == 403
    assert send("DELETE", f"{url}&restype=container") == 403
    assert send("PUT", below(url.replace(container, "other-container"), "a.mp4"), b"x") == 403


def test_a_containers_read_url_lists_and_reads_its_blobs_and_does_nothing_else(
    storage: Storage, container: str
) -> None:
    put(storage, container, "chunks/1")
    url = storage.read_container_url(container, expiry=in_an_hour())
    assert send("GET", below(url, "chunks/1")) == 200
    assert send("GET", f"{url}&restype=container&comp=list&prefix=chunks/") == 200
    assert send("PUT", below(url, "chunks/1"), b"other") == 403
    assert send("DELETE", below(url, "chunks/1")) == 403
    assert send("GET", below(url.replace(container, "other-container"), "chunks/1")) == 403
    assert storage.read_end(container, "chunks/1", 10) == b"media"


def test_a_url_is_good_for_its_lifetime_alone(storage: Storage, container: str) -> None:
    put(storage, container, "a.mp4")
    ended = datetime.now(UTC) - timedelta(minutes=1)
    assert send("GET", storage.read_url(container, "a.mp4", expiry=ended)) == 403
    assert send("PUT", below(storage.write_url(container, expiry=ended), "b"), b"x") == 403


def test_a_url_without_its_signature_opens_nothing(storage: Storage, container: str) -> None:
    put(storage, container, "a.mp4")
    url = storage.read_url(container, "a.mp4", expiry=in_an_hour())
    assert send("GET", url.partition("?")[0]) in (403, 404)
    assert send("GET", url.replace("sp=r&", "sp=rw&")) == 403


# What goes wrong


def test_a_wrong_key_is_a_refused_sign_in(storage_server: StorageServer) -> None:
    storage = connect_storage(storage_server.connection_string(key=SOMEONE_ELSES_KEY))
    attempts: list[Callable[[], Any]] = [
        lambda: storage.ensure_container(storage_server.container, STAMP),
        lambda: list(storage.list_blobs(storage_server.container)),
        lambda: storage.container(storage_server.container),
        lambda: storage.upload_bytes(storage_server.container, "b", b"", {}),
    ]
    for attempt in attempts:
        with pytest.raises(SignInError, match="refused the credentials") as raised:
            attempt()
        assert raised.value.exit_code is ExitCode.SIGN_IN
        assert raised.value.hint == "check the account and its key: batchff profile show"
        assert SOMEONE_ELSES_KEY not in str(raised.value)


def test_where_nobody_answers_it_is_told_soon(emulated_storage: StorageServer) -> None:
    url = f"http://127.0.0.1:{closed_port()}/account"
    storage = connect_storage(emulated_storage.connection_string(url=url))
    began = time.monotonic()
    with pytest.raises(ServiceError, match=r"container 'c': no answer \(.*refused") as raised:
        storage.ensure_container("c", STAMP)
    assert time.monotonic() - began < 20
    assert raised.value.exit_code is ExitCode.ERROR
    assert "check the address" in raised.value.hint


def test_an_expired_certificate_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Certificates(*(tmp_path / name for name in ("authority.pem", "cert.pem", "key.pem")))
    authority, now = trustme.CA(), datetime.now(UTC)
    authority.cert_pem.write_to_path(files.authority)
    expired = authority.issue_cert(
        "127.0.0.1", not_before=now - timedelta(days=2), not_after=now - timedelta(days=1)
    )
    expired.private_key_pem.write_to_path(files.key)
    expired.cert_chain_pems[0].write_to_path(files.certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files.authority))
    with serving_at(BaseHTTPRequestHandler, files) as endpoint:
        storage = connect_storage(
            f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={endpoint}/a"
        )
        with pytest.raises(UnreachableError, match="TLS: certificate has expired") as raised:
            list(storage.list_blobs("c"))
    assert "this machine's clock" in raised.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "AccountName=a",
        f"AccountKey={SOMEONE_ELSES_KEY}",
        f"AccountName=a;AccountKey={SOMEONE_ELSES_KEY};BlobEndpoint=http://[bad",
        "UseDevelopmentStorage=true",
    ],
)
def test_what_isnt_a_connection_string_is_told_without_showing_it(text: str) -> None:
    with pytest.raises(ProfileError, match="it needs AccountName and AccountKey") as raised:
        connect_storage(text)
    assert SOMEONE_ELSES_KEY not in str(raised.value)


def test_a_connection_string_may_end_with_a_semicolon_and_a_line_break(
    emulated_storage: StorageServer,
) -> None:
    storage = connect_storage(f" {emulated_storage.connection_string()}\n")
    storage.ensure_container(emulated_storage.container, STAMP)
    made = storage.container(emulated_storage.container)
    assert made and made.metadata == STAMP


def test_a_file_that_cant_be_opened_sends_nothing(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    storage, container = emulated_storage.storage(), emulated_storage.container
    storage.ensure_container(container, STAMP)
    with pytest.raises(FileNotFoundError):
        storage.upload_file(container, "b", tmp_path / "gone", metadata={}, bytes_done=ignore)
    assert not list(storage.list_blobs(container))
    assert not os.path.lexists(tmp_path / "gone")
