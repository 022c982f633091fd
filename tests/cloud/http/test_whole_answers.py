"""Answers that end in their headers: each is a failed connection, and asked for again."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from io import FileIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.rest import HttpRequest

from batchff.cloud.batch import Batch
from batchff.cloud.http.failures import ConnectionFailed
from batchff.cloud.http.retry_policies import BATCH
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.http.sdk_retries import read_whole
from batchff.cloud.http.switch import connect
from batchff.cloud.http.transport import Transport
from batchff.cloud.management.client import Management
from batchff.cloud.sign_in.identity import Identity, Way
from batchff.cloud.storage import Storage, connect_storage
from batchff.emulator.launch import Connection
from batchff.errors import UnreachableError
from batchff.model.tasks import TaskSpec
from tests.cloud.http.clocks import WaitingClock
from tests.cloud.http.cutting import cutting
from tests.cloud.management.arm import Arm
from tests.cloud.small_servers import serving_at
from tests.identity.certificates import Certificates
from tests.identity.sign_in import SignIn
from tests.storage_servers import StorageServer

SCOPE = "https://storage.azure.com/.default"
CONTENT = b"the content of a blob"


class OneCut:
    """Cuts one answer of those that come, by its number, or all of them; keeps their heads."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self._number: int | None = None
        self._offset: int | None = None
        self._lock = threading.Lock()
        self.was_done = False

    def set(self, offset: int, number: int | None = None) -> None:
        """Have an answer end after so many bytes; with no number all do."""
        with self._lock:
            self.heads, self._offset, self._number = [], offset, number
            self.was_done = False

    def __call__(self, asked: bytes, head: bytes, /) -> int | None:
        with self._lock:
            self.heads.append(head)
            if self._offset is None or self._number not in (None, len(self.heads) - 1):
                return None
            self.was_done = True
            return self._offset


def every(head: bytes) -> Iterable[int]:
    """Each place in a head where it may be cut."""
    return range(len(head))


def some(head: bytes) -> Iterable[int]:
    """Some of them, for what takes long to ask: those around each line's end, and few others."""
    ends = [place for place, byte in enumerate(head) if byte == ord("\n")]
    around = {end + step for end in ends[:-1] for step in (-1, 0, 1)}
    return sorted({0, 1, 5, 10} | around | set(range(17, len(head), 41)))


def cut_everywhere(
    cut: OneCut, ask: Callable[[], object], places: Callable[[bytes], Iterable[int]] = every
) -> None:
    """Cut each answer that it takes to ask once, in its headers."""
    expected = ask()
    heads, cut.heads = cut.heads, []
    assert heads
    for number, head in enumerate(heads):
        for offset in places(head):
            cut.set(offset, number)
            assert ask() == expected, f"answer {number} cut at {offset} of {head!r}"
            assert cut.was_done


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


@contextmanager
def cut_storage(server: StorageServer, cut: OneCut, clock: WaitingClock) -> Iterator[Storage]:
    whole = server.storage()
    whole.ensure_container(server.container, {})
    whole.upload_bytes(server.container, "b", CONTENT, {"fact": "1"})
    url = urlsplit(server.server.url)
    with cutting(port_of(server.server.url), cut) as relay:
        text = server.connection_string(url=relay + url.path)
        yield connect_storage(text, Retrying(clock=clock))


def downloaded(storage: Storage, container: str, folder: Path) -> object:
    with FileIO(folder / "copy", "w+") as file:
        info = storage.download_file(container, "b", file, bytes_done=lambda _: None)
    return info, (folder / "copy").read_bytes()


def sent(storage: Storage, container: str, folder: Path) -> object:
    (folder / "source").write_bytes(CONTENT)
    return storage.upload_file(
        container, "sent", folder / "source", metadata={}, bytes_done=lambda _: None
    )


def properties(storage: Storage, container: str, _: Path) -> object:
    return storage.blob_info(container, "b")


STORAGE_REQUESTS: dict[str, Callable[[Storage, str, Path], object]] = {
    "upload": sent,
    "download": downloaded,
    "properties": properties,
    "piece": lambda storage, container, _: storage.read_piece(container, "b", 4, 7),
    "listing": lambda storage, container, _: list(storage.list_blobs(container, "b")),
    "container": lambda storage, container, _: storage.container(container),
}


@pytest.mark.parametrize("request_", STORAGE_REQUESTS.values(), ids=STORAGE_REQUESTS.keys())
def test_storage_is_asked_again_wherever_its_answer_was_cut(
    request_: Callable[[Storage, str, Path], object],
    emulated_storage: StorageServer,
    tmp_path: Path,
) -> None:
    cut, clock = OneCut(), WaitingClock()
    with cut_storage(emulated_storage, cut, clock) as storage:
        cut_everywhere(
            cut,
            lambda: request_(storage, emulated_storage.container, tmp_path),
            every if request_ is properties else some,
        )
    assert not clock.sleeps  # the first broken connection isn't waited for


@contextmanager
def cut_batch(emulator: Connection, cut: OneCut, clock: WaitingClock) -> Iterator[Batch]:
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    whole = Batch(emulator.batch_endpoint, credential)
    whole.jobs.create("cut", "nosuch", max_wall_clock=timedelta(hours=1), metadata={"a": "b"})
    with cutting(port_of(emulator.batch_endpoint), cut) as relay:
        yield Batch(relay, credential, retrying=Retrying(clock=clock))


def job(batch: Batch) -> object:
    return batch.jobs.get("cut")


def add_tasks(batch: Batch) -> None:
    tasks = [TaskSpec(f"task-{n}", "clip", "true", (), (), timedelta(hours=1)) for n in range(2)]
    batch.tasks.add("cut", tasks)


def end(batch: Batch) -> None:
    batch.jobs.end_after_tasks("cut")


BATCH_REQUESTS: dict[str, Callable[[Batch], object]] = {
    "job": job,
    "no such pool": lambda batch: batch.pools.get("nosuch"),
    "adding tasks": add_tasks,
    "end": end,
}


@pytest.mark.parametrize("request_", BATCH_REQUESTS.values(), ids=BATCH_REQUESTS.keys())
def test_batch_is_asked_again_wherever_its_answer_was_cut(
    request_: Callable[[Batch], object], emulator: Connection
) -> None:
    cut, clock = OneCut(), WaitingClock()
    with cut_batch(emulator, cut, clock) as batch:
        add_tasks(batch)
        cut.heads.clear()
        cut_everywhere(cut, lambda: request_(batch), every if request_ is job else some)
        assert [task.id for task in batch.tasks.all("cut")] == ["task-0", "task-1"]
    assert not clock.sleeps


def test_sign_in_is_tried_again_wherever_its_answer_was_cut(
    sign_in: SignIn, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    cut, clock = OneCut(), WaitingClock()

    def new_identity() -> Identity:
        return Identity(Way("service-principal"), Retrying(clock=clock))

    def token(identity: Identity) -> bool:
        found = identity.get_token(SCOPE)
        return found.token == sign_in.given["https://storage.azure.com"][-1]

    sign_in.lifetime = 60  # it's asked for anew each time
    with cutting(port_of(sign_in.url), cut, certificates, tls_to=True) as relay:
        monkeypatch.setattr(sign_in, "url", relay)
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", relay)
        identity = new_identity()
        assert token(identity)
        authority, _ = cut.heads
        cut.heads = []
        cut_everywhere(cut, lambda: token(identity), some)
        for offset in (0, 1, 9, authority.index(b"\n") + 1, len(authority) - 1):
            cut.set(offset, 0)
            assert token(new_identity())
            assert cut.was_done
    assert not clock.sleeps


def test_the_management_plane_is_asked_again_wherever_its_answer_was_cut(
    arm: Arm, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, clock = OneCut(), WaitingClock()
    with cutting(port_of(arm.url), cut, certificates, tls_to=True) as relay:
        monkeypatch.setattr(arm, "url", relay)
        credential = arm.sign_in.tenant.credential()
        management = Management(
            credential,
            relay,
            subscription="00000000-0000-0000-0000-000000000001",
            retrying=Retrying(clock=clock),
        )
        cut_everywhere(cut, lambda: list(management.accounts()), some)
    assert not clock.sleeps


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("offset", [0, 1, 8, 12, 17, 40])
def test_what_is_cut_each_time_is_one_error_after_minutes(
    offset: int, emulated_storage: StorageServer, emulator: Connection
) -> None:
    cut, clock = OneCut(), WaitingClock()
    cut.set(offset)
    with cut_storage(emulated_storage, cut, clock) as storage:
        for ask in (
            lambda: storage.blob_info(emulated_storage.container, "b"),
            lambda: storage.container(emulated_storage.container),
        ):
            clock.sleeps.clear()
            with pytest.raises(UnreachableError, match="no answer"):
                ask()
    began = clock.now
    with cut_batch(emulator, cut, clock) as batch, pytest.raises(UnreachableError):
        batch.jobs.get("cut")
    assert clock.now - began == pytest.approx(300)


class Chunked(BaseHTTPRequestHandler):
    """Answers in chunks whose sizes have leading zeros: half of such a size is another size."""

    protocol_version = "HTTP/1.1"
    BODY = b"0000000c\r\ntwelve bytes\r\n0010;a=b\r\nsixteen of them.\r\n0\r\n\r\n"
    cut: int

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(self.BODY[: self.cut])
        self.close_connection = self.cut < len(self.BODY)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


def read_at_once(url: str) -> bytes:
    connections = connect(url)
    return connections.request("GET", "/", {}, None).read()


def read_in_pieces(url: str) -> bytes:
    connections = connect(url)
    answer = connections.request("GET", "/", {}, None)
    buffer = memoryview(bytearray(5))
    pieces = iter(lambda: bytes(buffer[: answer.read_into(buffer)]), b"")
    return b"".join(pieces)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("read", [read_at_once, read_in_pieces])
def test_a_body_in_chunks_is_whole_or_a_failed_connection(read: Callable[[str], bytes]) -> None:
    with serving_at(Chunked) as url:
        for cut in range(len(Chunked.BODY)):
            Chunked.cut = cut
            with pytest.raises(ConnectionFailed):
                read(url)
        Chunked.cut = len(Chunked.BODY)
        assert read(url) == b"twelve bytessixteen of them."


@pytest.mark.usefixtures("way")
def test_a_stream_that_was_cut_is_asked_for_anew() -> None:
    class Server(Chunked):
        cuts = itertools.chain((3, 11, 30), itertools.repeat(len(Chunked.BODY)))

        def do_GET(self) -> None:
            self.cut = next(self.cuts)
            super().do_GET()

    clock = WaitingClock()
    transport = Transport()
    with serving_at(Server) as url:

        def ask() -> Iterator[bytes]:
            return transport.send(HttpRequest("GET", url), stream=True).iter_bytes()

        assert read_whole(ask, BATCH, Retrying(clock=clock)) == b"twelve bytessixteen of them."
    assert len(clock.sleeps) == 2  # the first of three isn't waited for


@pytest.mark.usefixtures("way")
def test_a_proxys_answer_that_was_cut_is_a_failed_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Proxy(BaseHTTPRequestHandler):
        status = b"HTTP/1.0 200 Connection established\r\nVia: it\r\n\r\n"
        cut = 0

        def do_CONNECT(self) -> None:
            self.wfile.write(self.status[: self.cut])

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    with serving_at(Proxy) as url:
        monkeypatch.setenv("https_proxy", url)
        for cut in range(len(Proxy.status)):
            Proxy.cut = cut
            with pytest.raises(ConnectionFailed) as raised:
                connect("https://batch.example").request("GET", "/", {}, None)
            assert not raised.value.lasting
