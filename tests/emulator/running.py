"""A real emulator for tests: in a thread, on ports of its own, in a folder of its own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

from batchff.emulator.clock import Clock
from batchff.emulator.in_thread import EmulatorThread
from batchff.emulator.options import ServiceOptions
from batchff.emulator.root import Account, Identity, Root, read_identity
from tests.emulator.kept import KeptConnections

DEADLINE_SECONDS = 20.0


def wait_until(condition: Callable[[], Any]) -> Any:
    """Look until something is truthy, and give it."""
    pause = threading.Event()
    begun = time.monotonic()
    while not (value := condition()):
        waited = time.monotonic() - begun
        assert waited < DEADLINE_SECONDS, "it didn't happen in time"
        # What takes longer can be seen a little later; each look costs a request.
        pause.wait(min(max(0.01, waited / 10), 0.05))
    return value


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and wasn't waited for doesn't."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def told_of_processes(name: str) -> Iterator[tuple[int, bytes]]:
    """Give each process and its file of this name in `/proc`, as far as they can be read."""
    if not Path("/proc").is_dir():
        return
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):  # ended meanwhile
            yield int(pid), Path(f"/proc/{pid}/{name}").read_bytes()


@dataclass(frozen=True)
class Answer:
    """What a raw request brought."""

    status: int
    headers: Message
    data: bytes

    def json(self) -> Any:
        return json.loads(self.data)


@dataclass(frozen=True)
class Connection:
    """A running emulator, and how to talk to it."""

    root: Root
    identity: Identity
    batch_endpoint: str
    blob_endpoint: str
    stop: Callable[[], None]
    kept: KeptConnections

    def client(self) -> BatchClient:
        return client_of(self.batch_endpoint, self.identity.batch)

    def storage(self) -> BlobServiceClient:
        account = self.identity.storage
        return BlobServiceClient(
            f"{self.blob_endpoint}/{account.name}",
            credential=AzureNamedKeyCredential(account.name, account.key),
            use_env_settings=False,
        )

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        version: str | None = "2025-06-01",
        key: str | None = None,
    ) -> Answer:
        """Send a request signed with the account's key, exactly as it is given."""
        if version is not None:
            path += f"{'&' if '?' in path else '?'}api-version={version}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is None:
            content = b""
        sent = {"ocp-date": format_datetime(datetime.now(UTC), usegmt=True), **(headers or {})}
        if content:
            sent |= {
                "Content-Length": str(len(content)),
                "Content-Type": "application/json; odata=minimalmetadata",
            }
        account = self.identity.batch
        account = Account(account.name, key or account.key)
        sent["Authorization"] = signature(method, path, sent, account)
        return self.send_unsigned(method, path, content, sent)

    def send_unsigned(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request as it stands."""
        with self.kept.one() as connection:
            connection.request(method, path, body or None, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())


class MovableClock(Clock):
    """Goes as the machine's does, and can be put forward; requests are signed for +-15 minutes."""

    def __init__(self) -> None:
        self._shift = timedelta(minutes=-13)

    def now(self) -> datetime:
        return super().now() + self._shift

    async def sleep(self, seconds: float) -> None:
        end = self.now() + timedelta(seconds=seconds)
        while (left := (end - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, 0.02))

    def put_forward(self, by: timedelta) -> None:
        self._shift += by


def client_of(endpoint: str, account: Account) -> BatchClient:
    credential = AzureNamedKeyCredential(account.name, account.key)
    return BatchClient(endpoint, credential, retry_total=0, use_env_settings=False)


_SIGNED = (
    "content-encoding content-language content-length content-md5 content-type date"
    " if-modified-since if-match if-none-match if-unmodified-since range"
)


def signature(method: str, path: str, headers: Mapping[str, str], account: Account) -> str:
    """Sign as the documentation says, written apart from the emulator's own check."""
    lower = {name.lower(): value for name, value in headers.items()}
    address = urlsplit(path)
    lines = [method, *(lower.get(name, "") for name in _SIGNED.split())]
    lines += [f"{name}:{lower[name]}" for name in sorted(lower) if name.startswith("ocp-")]
    lines.append(f"/{account.name}{address.path}")
    lines += [f"{name}:{values[0]}" for name, values in sorted(parse_qs(address.query).items())]
    digest = hmac.new(base64.b64decode(account.key), "\n".join(lines).encode(), hashlib.sha256)
    return f"SharedKey {account.name}:{base64.b64encode(digest.digest()).decode()}"


@contextmanager
def running_service(
    folder: Path, options: ServiceOptions | None = None, clock: Clock | None = None
) -> Iterator[Connection]:
    """Run the emulator in a thread for as long as the block lasts."""
    emulator = EmulatorThread(folder, options, clock)
    try:
        emulator.start()
        root = emulator.root
        running = json.loads(root.running_file.read_text())
        batch, blob = running["batch_endpoint"], running["blob_endpoint"]
        kept = KeptConnections(urlsplit(batch).netloc)
        with closing(kept):
            yield Connection(root, read_identity(root), batch, blob, emulator.stop, kept)
    finally:
        emulator.stop()
