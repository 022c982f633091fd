from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import ResourceNotFoundError

from batchff.cloud.blob.upload import BLOCK, block_size
from batchff.cloud.storage import connect_storage, file_md5
from batchff.errors import ServiceError, UnreachableError
from tests.benchmarks.relay import Meter, SlowLine, relayed
from tests.cloud.small_servers import KEY_OF_NOTHING, serving
from tests.storage_servers import StorageServer, closed_port, write_random

MIB = 1024 * 1024
SIZE = 9 * BLOCK

HALF_AN_UPLOAD = """
import sys, threading
from pathlib import Path
from batchff.cloud.storage import connect_storage

sent = 0
def moved(count):
    global sent
    sent += count
    if sent >= 48 * 1024**2:
        threading.Event().wait()

text, container, path = sys.argv[1:]
connect_storage(text).upload_file(container, "b", Path(path), metadata={}, bytes_done=moved)
"""


class Enough(Exception):
    """What a caller raises to stop a transfer."""


def ignore(_count: int) -> None:
    """Take no notice of progress."""


def write_large(path: Path) -> None:
    """Make a file whose blocks differ, in no time."""
    with path.open("wb") as file:
        for start in range(0, SIZE, BLOCK):
            file.seek(start)
            file.write(os.urandom(16))
        file.truncate(SIZE)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.mp4"
    write_large(path)
    return path


def bytes_sent(server: StorageServer, path: Path) -> int:
    """Upload a file to the blob `b`; return how many bytes that took."""
    address = urlsplit(server.server.url)
    assert address.port
    line = Meter()
    with relayed(address.port, line, Meter()) as port:
        url = address._replace(netloc=f"127.0.0.1:{port}").geturl()
        storage = connect_storage(server.connection_string(url=url))
        storage.upload_file(server.container, "b", path, metadata={}, bytes_done=ignore)
    return line.bytes


def blocks_left(server: StorageServer) -> int:
    """The bytes of the blob's uncommitted blocks."""
    blob = server.server.client().get_blob_client(server.container, "b")
    try:
        _, uncommitted = blob.get_block_list("all")
    except ResourceNotFoundError:
        return 0
    return sum(block.size for block in uncommitted)


def leave_blocks(server: StorageServer, path: Path) -> None:
    """Stop an upload in its middle."""
    sent = 0

    def stop(count: int) -> None:
        nonlocal sent
        sent += count
        if sent > SIZE * 2 // 3:
            raise Enough

    with pytest.raises(Enough):
        server.storage().upload_file(server.container, "b", path, metadata={}, bytes_done=stop)


def test_an_upload_that_was_killed_goes_on_where_it_was(
    storage_server: StorageServer, large: Path
) -> None:
    storage = storage_server.storage()
    storage.ensure_container(storage_server.container, {})
    words = (storage_server.connection_string(), storage_server.container, str(large))
    with subprocess.Popen([sys.executable, "-c", HALF_AN_UPLOAD, *words]) as upload:
        deadline = time.monotonic() + 30
        while blocks_left(storage_server) < 2 * BLOCK:
            assert upload.poll() is None and time.monotonic() < deadline
            threading.Event().wait(0.05)
        upload.kill()
    left = blocks_left(storage_server)
    assert not list(storage.list_blobs(storage_server.container))
    sent = bytes_sent(storage_server, large)
    # What was on its way when it was killed may have come to stand meanwhile.
    assert SIZE - 52 * MIB < sent < SIZE - left + MIB
    (blob,) = storage.list_blobs(storage_server.container)
    assert (blob.size, blob.md5) == (SIZE, file_md5(large))
    assert blocks_left(storage_server) == 0


class CountingLine(SlowLine):
    """A slow line that knows how much it has carried."""

    carried = 0

    async def carry(self, piece: bytes) -> None:
        await super().carry(piece)
        self.carried += len(piece)


def test_on_a_slow_line_files_stand_one_after_the_other(
    emulated_storage: StorageServer, tmp_path: Path
) -> None:
    size = 3 * BLOCK // 2
    paths = [tmp_path / str(number) for number in range(6)]
    for path in paths:
        write_random(path, size)
    emulated_storage.storage().ensure_container(emulated_storage.container, {})
    address = urlsplit(emulated_storage.server.url)
    assert address.port
    line = CountingLine(64 * MIB)
    carried_before: list[int] = []
    with relayed(address.port, line, Meter()) as port, ThreadPoolExecutor(len(paths)) as executor:
        url = address._replace(netloc=f"127.0.0.1:{port}").geturl()
        storage = connect_storage(emulated_storage.connection_string(url=url))

        def send(path: Path) -> None:
            storage.upload_file(
                emulated_storage.container, path.name, path, metadata={}, bytes_done=ignore
            )
            carried_before.append(line.carried)

        list(executor.map(send, paths))
    assert carried_before[0] < 3 * size
    assert carried_before[2] < 5 * size


def test_blocks_of_another_state_of_the_file_are_not_taken(
    emulated_storage: StorageServer, large: Path
) -> None:
    storage = emulated_storage.storage()
    storage.ensure_container(emulated_storage.container, {})
    leave_blocks(emulated_storage, large)
    assert blocks_left(emulated_storage) > 0
    write_large(large)
    os.utime(large, ns=(1, 1))
    assert bytes_sent(emulated_storage, large) > SIZE
    (blob,) = storage.list_blobs(emulated_storage.container)
    assert blob.md5 == file_md5(large)


def test_blocks_of_another_program_are_no_obstacle(
    storage_server: StorageServer, large: Path
) -> None:
    storage = storage_server.storage()
    storage.ensure_container(storage_server.container, {})
    theirs = storage_server.server.client().get_blob_client(storage_server.container, "b")
    theirs.stage_block("AAAA", b"theirs")
    storage.upload_file(storage_server.container, "b", large, metadata={}, bytes_done=ignore)
    (blob,) = storage.list_blobs(storage_server.container)
    assert (blob.size, blob.md5) == (SIZE, file_md5(large))


@pytest.mark.parametrize("size", [BLOCK + 1, 400_000 * MIB, 400_000 * MIB + 1, 150 * 1024**4])
def test_blocks_are_as_large_as_their_number_must_stay_small(size: int) -> None:
    assert block_size(size) >= BLOCK
    assert -(-size // block_size(size)) <= 50_000
    # A block less large would do only where it's the smallest there is.
    assert block_size(size) == BLOCK or -(-size // (block_size(size) - MIB)) > 50_000


class Answering(BaseHTTPRequestHandler):
    """Answers uploads with one status after another, and keeps what came."""

    protocol_version = "HTTP/1.1"
    statuses: list[int]
    bodies: list[bytes]

    def do_PUT(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.statuses.pop(0))
        self.send_header("x-ms-error-code", "ServerBusy")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


def test_a_busy_service_is_asked_again_and_progress_is_told_once(tmp_path: Path) -> None:
    class Busy(Answering):
        statuses = [503, 201]
        bodies: list[bytes] = []

    (tmp_path / "a").write_bytes(b"media")
    moved: list[int] = []
    with serving(Busy) as text:
        connect_storage(text).upload_file(
            "c", "b", tmp_path / "a", metadata={}, bytes_done=moved.append
        )
    assert Busy.bodies == [b"media", b"media"]
    assert sum(moved) == 5


def test_a_refusal_isnt_repeated_and_tells_its_reason(tmp_path: Path) -> None:
    class Refusing(Answering):
        statuses = [409]
        bodies: list[bytes] = []

    (tmp_path / "a").write_bytes(b"media")
    with serving(Refusing) as text, pytest.raises(ServiceError, match="uploading 'b': ServerBusy"):
        connect_storage(text).upload_file("c", "b", tmp_path / "a", metadata={}, bytes_done=ignore)
    assert len(Refusing.bodies) == 1


def test_who_waits_for_a_service_can_stop_waiting(tmp_path: Path) -> None:
    class Busy(Answering):
        statuses = [503]
        bodies: list[bytes] = []

    (tmp_path / "a").write_bytes(b"media")
    asked = 0

    def stop(_count: int) -> None:
        nonlocal asked
        asked += 1
        if asked > 5:
            raise Enough

    with serving(Busy) as text, pytest.raises(Enough):
        connect_storage(text).upload_file("c", "b", tmp_path / "a", metadata={}, bytes_done=stop)


def test_where_nobody_listens_a_listing_gives_up_soon() -> None:
    text = (
        f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint=http://127.0.0.1:{closed_port()}/a"
    )
    with pytest.raises(UnreachableError, match=r"listing container 'c': no answer \(.*refused"):
        list(connect_storage(text).list_blobs("c"))
