from __future__ import annotations

import hashlib
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from batchff.cloud.blob.download import RANGE, STREAMED
from batchff.cloud.storage import Storage, connect_storage
from batchff.errors import TransferError
from tests.benchmarks.relay import Meter, relayed
from tests.cloud.small_servers import serving
from tests.storage_servers import StorageServer, download_to, write_random


def ignore(_count: int) -> None:
    """Take no notice of progress."""


def put(server: StorageServer, data: bytes) -> Storage:
    storage = server.storage()
    storage.ensure_container(server.container, {})
    storage.upload_bytes(server.container, "b", data, {})
    return storage


@pytest.mark.parametrize("size_is_known", [True, False])
@pytest.mark.parametrize("size", [0, 1, RANGE + 1])
def test_a_blob_comes_with_what_it_is_whether_its_size_is_known_or_not(
    size: int, size_is_known: bool, storage_server: StorageServer, tmp_path: Path
) -> None:
    md5 = write_random(tmp_path / "source", size)
    storage = storage_server.storage()
    container = storage_server.container
    storage.ensure_container(container, {})
    storage.upload_file(container, "b", tmp_path / "source", metadata={}, bytes_done=ignore)
    (listed,) = storage.list_blobs(container)
    fetched = download_to(
        tmp_path / "copy",
        storage,
        container,
        "b",
        size=size if size_is_known else None,
    )
    assert fetched == listed
    assert fetched.md5 == md5
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "source").read_bytes()


@pytest.mark.parametrize(
    ("size", "requests"), [(1000, 1), (STREAMED, 1), (STREAMED + RANGE + 1, 3)]
)
def test_nothing_is_asked_for_but_the_bytes(
    size: int, requests: int, emulated_storage: StorageServer, tmp_path: Path
) -> None:
    put(emulated_storage, bytes(size))
    address = urlsplit(emulated_storage.server.url)
    assert address.port
    line = Meter()
    with relayed(address.port, line, Meter()) as port:
        url = address._replace(netloc=f"127.0.0.1:{port}").geturl()
        storage = connect_storage(emulated_storage.connection_string(url=url))
        download_to(tmp_path / "copy", storage, emulated_storage.container, "b")
    assert line.requests == requests


def test_a_blob_that_changes_on_its_way_is_refused(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    storage = put(emulated_storage, bytes(STREAMED + RANGE))
    changed = False

    def change(_count: int) -> None:
        nonlocal changed
        if _count and not changed:
            changed = True
            put(emulated_storage, b"x" * (STREAMED + RANGE))

    with pytest.raises(TransferError, match=r"'b' did not arrive whole \(it changed meanwhile\)"):
        download_to(tmp_path / "copy", storage, emulated_storage.container, "b", bytes_done=change)


CONTENT = b"the first half, the second"


class CutOff(BaseHTTPRequestHandler):
    """Hangs up in the middle of the first answer."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.headers["Range"], self.headers["If-Match"]))
        start = int(self.headers["Range"].removeprefix("bytes=").partition("-")[0])
        rest = CONTENT[start:]
        self.send_response(206)
        self.send_header("Content-Length", str(len(rest)))
        self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")
        md5 = b64encode(hashlib.md5(CONTENT, usedforsecurity=False).digest()).decode()
        self.send_header("x-ms-blob-content-md5", md5)
        self.end_headers()
        self.wfile.write(rest if start else rest[:10])
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


def test_a_blob_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    class Server(CutOff):
        asked: list[tuple[str, str | None]] = []

    moved: list[int] = []
    with serving(Server) as text:
        download_to(tmp_path / "copy", connect_storage(text), "c", "b", bytes_done=moved.append)
    assert (tmp_path / "copy").read_bytes() == CONTENT
    assert Server.asked[0] == (f"bytes=0-{STREAMED - 1}", None)
    assert Server.asked[1:] == [(f"bytes=10-{STREAMED - 1}", '"1"')]
    assert sum(moved) == len(CONTENT)


def test_what_comes_home_does_not_wait_for_what_is_being_sent(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    storage = put(emulated_storage, b"output")
    container = emulated_storage.container
    write_random(tmp_path / "large", RANGE + 1)
    home = threading.Event()
    sending = threading.Barrier(3)

    def send(name: str) -> None:
        def hold(_count: int) -> None:
            if not home.is_set():
                sending.wait(30)
                home.wait(30)

        storage.upload_file(container, name, tmp_path / "large", metadata={}, bytes_done=hold)

    with ThreadPoolExecutor() as threads:
        # As many as are let in at a time.
        sent = [threads.submit(send, name) for name in ("first", "second")]
        sending.wait(30)
        fetched = threads.submit(download_to, tmp_path / "copy", storage, container, "b")
        try:
            assert fetched.result(20).size == len(b"output")
        finally:
            home.set()
        for each in sent:
            each.result(30)
