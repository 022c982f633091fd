"""What was acknowledged stays, whatever happens to the process."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import BlobBlock, ContainerClient

from batchff.emulator.blob.app import utc_now
from batchff.emulator.root import open_root, read_identity
from tests.emulator.blob.servers import BlobServer, blob_path, running_emulator

MIB = 1024 * 1024

# A server in a process of its own, which tells its port and can be killed.
SERVER = """
import resource, socket, sys
from pathlib import Path
import uvicorn
from batchff.emulator.blob.app import create_blob_app
from batchff.emulator.root import open_root, read_identity
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
root = open_root(Path(sys.argv[1]))
app = create_blob_app(root, read_identity(root).storage)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run([listener])
"""


@contextmanager
def process(
    folder: Path, largest_file: int = resource.RLIM_INFINITY
) -> Iterator[tuple[BlobServer, subprocess.Popen[str]]]:
    account = read_identity(open_root(folder)).storage
    command = [sys.executable, "-c", SERVER, str(folder), str(largest_file)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/{account.name}"
            yield BlobServer("emulator", url, account.name, account.key), server
        finally:
            server.kill()


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_server_loses_nothing_that_it_acknowledged(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "root"
    acknowledged: dict[str, str] = {}
    enough = threading.Event()
    wanted = random.Random(seed).randint(5, 60)

    def upload(worker: int, container: ContainerClient) -> None:
        made = random.Random(seed * 10 + worker)
        for number in range(10_000):
            content = made.randbytes(made.choice([0, 1, 5000, 200_000, 1_500_000]))
            name = f"{worker}/{number % 20}"
            blob = container.get_blob_client(name)
            try:
                if number % 3:
                    blob.upload_blob(content, overwrite=True)
                else:
                    half = len(content) // 2 + 1
                    parts = {"1": content[:half], "2": content[half:]}
                    held = [BlobBlock(key) for key, part in parts.items() if part]
                    for block in held:
                        blob.stage_block(block.id, parts[block.id])
                    blob.commit_block_list(held)
            except AzureError:
                # It was killed: this last write may be there or not, but only whole.
                pending[name] = hashlib.sha256(content).hexdigest()
                return
            acknowledged[name] = hashlib.sha256(content).hexdigest()
            written[worker] = number
            if sum(written.values()) >= wanted:
                enough.set()

    pending: dict[str, str] = {}
    written: dict[int, int] = {}
    with process(folder) as (server, running):
        name = server.new_container().container_name
        container = server.client().get_container_client(name)
        with ThreadPoolExecutor(4) as workers:
            uploads = [workers.submit(upload, worker, container) for worker in range(4)]
            assert enough.wait(60)
            running.send_signal(signal.SIGKILL)
            for each in uploads:
                each.result()

    with running_emulator(folder) as server:
        container = server.client().get_container_client(name)
        found = {
            blob.name: hashlib.sha256(container.download_blob(blob.name).readall()).hexdigest()
            for blob in container.list_blobs()
        }
        for blob_name, digest in acknowledged.items():
            assert found[blob_name] in (digest, pending.get(blob_name))
        assert found.keys() - acknowledged.keys() <= pending.keys()


def test_blobs_and_blocks_outlive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    with running_emulator(folder) as server:
        container = server.new_container()
        container.upload_blob("clip.mov", b"content", metadata={"take": "1"})
        container.get_blob_client("begun.mov").stage_block("1", b"first ")
        before = container.get_blob_client("clip.mov").get_blob_properties()
    with running_emulator(folder) as server:
        container = server.client().get_container_client(container.container_name)
        after = container.get_blob_client("clip.mov").get_blob_properties()
        assert (after.etag, after.metadata) == (before.etag, before.metadata)
        begun = container.get_blob_client("begun.mov")
        begun.stage_block("2", b"second")
        begun.commit_block_list([BlobBlock("1"), BlobBlock("2")])
        assert begun.download_blob().readall() == b"first second"


def test_an_upload_that_is_cut_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    with running_emulator(folder) as server:
        container = server.new_container()
        container.upload_blob("clip.mov", b"old")
        url = urlsplit(server.url)
        connection = http.client.HTTPConnection(url.netloc, timeout=10)
        path = blob_path(container.container_name, "clip.mov")
        connection.putrequest("PUT", f"{url.path}{path}?{server.account_sas()}")
        connection.putheader("x-ms-blob-type", "BlockBlob")
        connection.putheader("Content-Length", str(4 * MIB))
        connection.endheaders(bytes(3 * MIB))
        connection.close()
        assert container.download_blob("clip.mov").readall() == b"old"
    assert sizes_below(folder / "blobs") == [3]


def test_a_disk_that_takes_no_more_is_an_error_and_no_harm(tmp_path: Path) -> None:
    """The system refuses to write more than 2 MiB to a file, as it would on a full disk."""
    folder = tmp_path / "root"
    with process(folder, largest_file=2 * MIB) as (server, _):
        container = server.new_container()
        container.upload_blob("small.mov", b"before")
        for name in ("large.mov", "small.mov"):
            with pytest.raises(HttpResponseError) as failure:
                container.upload_blob(name, bytes(3 * MIB), overwrite=True)
            assert failure.value.status_code == 500
        assert container.download_blob("small.mov").readall() == b"before"
        container.upload_blob("other.mov", b"after it")
        assert list(container.list_blob_names()) == ["other.mov", "small.mov"]
    with running_emulator(folder):
        assert sizes_below(folder / "blobs") == [6, 8]


def test_bytes_that_nobody_needs_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    with running_emulator(folder) as server:
        container = server.new_container()
        blob = container.upload_blob("clip.mov", b"first")
        container.get_blob_client("copy.mov").start_copy_from_url(blob.url)
        blob.upload_blob(b"replaced", overwrite=True)
        blob.stage_block("1", b"a block")
        blob.stage_block("1", b"a block again")
        gone = server.new_container()
        gone.upload_blob("clip.mov", b"deleted with its container")
        gone.delete_container()
    kept = [b"first", b"replaced", b"a block again"]
    assert sizes_below(folder / "blobs") == sorted(map(len, kept))


def test_what_a_killed_server_left_is_swept(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    with running_emulator(folder) as server:
        container = server.new_container()
        container.upload_blob("clip.mov", b"content")
    (folder / "blobs" / "left-by-a-killed-server").write_bytes(b"half of a b")
    with running_emulator(folder) as server:
        container = server.client().get_container_client(container.container_name)
        assert container.download_blob("clip.mov").readall() == b"content"
    assert sizes_below(folder / "blobs") == [7]


def test_blocks_that_were_never_committed_are_dropped_after_a_week(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    with running_emulator(folder) as server:
        container = server.new_container()
        container.get_blob_client("begun.mov").stage_block("1", b"content")
    with running_emulator(folder, lambda: utc_now() + timedelta(days=6)):
        assert sizes_below(folder / "blobs") == [7]
    with running_emulator(folder, lambda: utc_now() + timedelta(days=8)):
        assert sizes_below(folder / "blobs") == []


def test_a_reader_gets_the_blob_that_it_began_to_read(tmp_path: Path) -> None:
    """Also when the blob is replaced and deleted while most of it is still to be sent."""
    with running_emulator(tmp_path / "root") as server:
        container = server.new_container()
        content = random.Random(1).randbytes(MIB)
        blob = container.get_blob_client("clip.mov")
        ids = [f"{number:02}" for number in range(24)]
        for block_id in ids:
            blob.stage_block(block_id, content)
        blob.commit_block_list([BlobBlock(block_id) for block_id in ids])

        url = urlsplit(server.url)
        connection = http.client.HTTPConnection(url.netloc, timeout=10)
        path = blob_path(container.container_name, "clip.mov")
        connection.request("GET", f"{url.path}{path}?{server.account_sas()}")
        response = connection.getresponse()
        first = response.read(MIB)
        blob.upload_blob(b"replaced", overwrite=True)
        blob.delete_blob()
        rest = response.read()
        connection.close()
    assert first + rest == content * len(ids)
    assert sizes_below(tmp_path / "root" / "blobs") == []


def sizes_below(folder: Path) -> list[int]:
    return sorted(os.path.getsize(path) for path in folder.iterdir())
