"""The Blob services that batchff's own client is tested against, and media-like data for them."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

from batchff.cloud.storage import Storage, connect_storage
from batchff.model.files import BlobInfo
from tests import azurite
from tests.emulator.blob.servers import BlobServer, running_emulator

SOMEONE_ELSES_KEY = "c29tZW9uZSBlbHNlJ3Mga2V5LCBtYWRlIG9mIHBsYWluIHRleHQ="


@dataclass(frozen=True)
class StorageServer:
    """A running Blob service, and a container name on it that no other test uses."""

    server: BlobServer
    container: str

    def connection_string(self, *, key: str = "", url: str = "") -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={self.server.account};"
            f"AccountKey={key or self.server.key};BlobEndpoint={url or self.server.url};"
        )

    def storage(self) -> Storage:
        return connect_storage(self.connection_string())


@pytest.fixture(scope="session")
def blob_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServer]:
    """The emulator's Blob service alone, in a thread; one for each worker."""
    with running_emulator(tmp_path_factory.mktemp("blob-emulator") / "root") as server:
        yield server


@pytest.fixture(params=["emulator", "azurite"])
def storage_server(request: pytest.FixtureRequest) -> StorageServer:
    """Each of the two Blob services in turn; a test that asks for it runs once with each."""
    if request.param == "emulator":
        server: BlobServer = request.getfixturevalue("blob_emulator")
    else:
        url: str = request.getfixturevalue("azurite_url")
        server = BlobServer("azurite", url, azurite.ACCOUNT, azurite.KEY)
    return StorageServer(server, f"test-{uuid4().hex}")


@pytest.fixture
def emulated_storage(blob_emulator: BlobServer) -> StorageServer:
    """The emulator's Blob service, for what doesn't depend on the server."""
    return StorageServer(blob_emulator, f"test-{uuid4().hex}")


@cache
def closed_port() -> int:
    """A port of this machine that nobody listens on, nor will while the tests run."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    port: int = taken.getsockname()[1]
    taken.detach()  # it stays taken until the process ends
    return port


def write_random(path: Path, size: int) -> bytes:
    """Fill a file with bytes that look random and are the same each time; return its MD5."""
    digest = hashlib.md5(usedforsecurity=False)
    step = 1024 * 1024
    with path.open("wb") as file:
        for start in range(0, size, step):
            piece = Random(f"{path.name} {start}").randbytes(min(step, size - start))
            digest.update(piece)
            file.write(piece)
    return digest.digest()


def download_to(
    path: Path,
    storage: Storage,
    container: str,
    blob: str,
    *,
    bytes_done: Callable[[int], None] = lambda _count: None,
    size: int | None = None,
) -> BlobInfo:
    """Download a blob to a new file."""
    with path.open("xb", buffering=0) as file:
        return storage.download_file(container, blob, file, bytes_done=bytes_done, size=size)
