"""How services are waited for that are busy, silent or gone, on a clock that only waits move."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.http.failures import ConnectionFailed
from batchff.cloud.http.retry_policies import BATCH, BLOB_REQUEST, DELETION
from batchff.cloud.http.retrying import Patience, Retrying, Steps, stoppable
from batchff.cloud.http.switch import connect
from batchff.cloud.management.client import Management
from batchff.cloud.sign_in.identity import Identity, Way
from batchff.cloud.storage import connect_storage
from batchff.errors import BatchffError, ServiceError, SignInError, UnreachableError
from batchff.model.tasks import TaskSpec
from tests.cloud.http.clocks import WaitingClock
from tests.cloud.management.arm import Arm
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.identity.certificates import Certificates
from tests.identity.sign_in import SignIn
from tests.storage_servers import closed_port

TASK = TaskSpec("clip-1", "clip.mp4", "true", (), (), timedelta(hours=1))


class Enough(Exception):
    """Somebody stops the waiting."""


class Answering(BaseHTTPRequestHandler):
    """Answers each request with a status, as long as there are any; then hangs up."""

    protocol_version = "HTTP/1.1"
    statuses: Iterator[int]
    headers_sent: dict[str, str]
    asked: list[str]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(self.path)
        status = next(self.statuses, None)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""


@contextmanager
def answering(
    *statuses: int, forever: int | None = None, **headers: str
) -> Iterator[tuple[str, list[str]]]:
    """Serve the statuses in turn, and `forever` after them; give the endpoint, and what's asked."""

    def each() -> Iterator[int]:
        yield from statuses
        while forever is not None:
            yield forever

    class Own(Answering):
        headers_sent = {name.replace("_", "-"): value for name, value in headers.items()}
        asked: list[str] = []

    Own.statuses = each()
    with serving_at(Own) as url:
        yield url, Own.asked


def batch_job(url: str, retrying: Retrying) -> None:
    batch = Batch(url, AzureNamedKeyCredential("a", KEY_OF_NOTHING), retrying=retrying)
    batch.jobs.terminate("j", "why")


def batch_tasks(url: str, retrying: Retrying) -> None:
    batch = Batch(url, AzureNamedKeyCredential("a", KEY_OF_NOTHING), retrying=retrying)
    batch.tasks.add("j", [TASK])


def blob(url: str, retrying: Retrying) -> None:
    text = f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}/a"
    connect_storage(text, retrying).delete_blob("c", "b")


def blob_bytes(url: str, retrying: Retrying) -> None:
    text = f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}/a"
    connect_storage(text, retrying).upload_bytes("c", "b", b"bytes", {})


def container(url: str, retrying: Retrying) -> None:
    text = f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}/a"
    connect_storage(text, retrying).delete_container("c")


Ask = Callable[[str, Retrying], object]
ASK: dict[str, Ask] = {
    "job": batch_job,
    "tasks": batch_tasks,
    "blob": blob,
    "bytes": blob_bytes,
    "container": container,
}
Test = TypeVar("Test", bound=Callable[..., None])
both_ways = pytest.mark.usefixtures("way")


def every_kind(test: Test) -> Test:
    """Run a test for each kind of request, sent either way."""
    kinds = pytest.mark.parametrize("ask", ASK.values(), ids=ASK.keys())
    marked: Test = both_ways(kinds(test))
    return marked


@every_kind
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_service_is_given_up_after_five_minutes(ask: Ask, status: int) -> None:
    clock, told = WaitingClock(), list[str]()
    with answering(forever=status) as (url, asked), pytest.raises(ServiceError) as raised:
        ask(url, Retrying(told.append, clock=clock))
    assert sum(clock.sleeps) == pytest.approx(300, abs=0.01)
    assert 10 < len(asked) < 60
    assert len(told) == 1
    assert told[0].endswith(f"({status}): trying again for up to 5m")
    assert "\n" not in raised.value.message
    assert "later" in raised.value.hint


@every_kind
def test_a_service_that_hangs_up_is_given_up_after_five_minutes(ask: Ask) -> None:
    clock, told = WaitingClock(), list[str]()
    with answering() as (url, _), pytest.raises(UnreachableError, match="no answer"):
        ask(url, Retrying(told.append, clock=clock))
    assert sum(clock.sleeps) == pytest.approx(300, abs=0.01)
    assert len(told) == 1
    assert "doesn't answer (" in told[0]


@every_kind
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "20"}, 20),
        ({"Retry_After": "date"}, 40),
        ({"retry_after_ms": "30500"}, 30.5),
        ({"x_ms_retry_after_ms": "30500"}, 30.5),
    ],
)
def test_it_is_left_alone_for_as_long_as_it_asks(
    ask: Ask, headers: dict[str, str], seconds: float
) -> None:
    clock = WaitingClock()
    if headers.get("Retry_After") == "date":
        when = datetime.fromtimestamp(clock.time() + 40).astimezone()
        headers = {"Retry_After": format_datetime(when)}
    with answering(429, forever=409, **headers) as (url, asked):
        try:
            ask(url, Retrying(clock=clock))
        except BatchffError as error:
            assert not isinstance(error, UnreachableError)
    assert sum(clock.sleeps) == pytest.approx(seconds)
    assert len(asked) == 2


@every_kind
def test_it_is_not_left_alone_for_longer_than_the_patience(ask: Ask) -> None:
    clock = WaitingClock()
    with answering(forever=503, Retry_After="86400") as (url, asked), pytest.raises(ServiceError):
        ask(url, Retrying(clock=clock))
    assert sum(clock.sleeps) == pytest.approx(300, abs=0.01)
    assert len(asked) == 2  # once more at the end, as it may be back by then


@every_kind
def test_a_refusal_is_told_at_once(ask: Ask) -> None:
    clock = WaitingClock()
    with answering(forever=403) as (url, asked), pytest.raises(SignInError):
        ask(url, Retrying(clock=clock))
    assert (len(asked), clock.sleeps) == (1, [])


@every_kind
def test_where_nobody_will_ever_listen_it_is_told_at_once(ask: Ask) -> None:
    clock = WaitingClock()
    gone = f"http://127.0.0.1:{closed_port()}"
    for url, why in ((gone, "refused"), ("http://no.such.host.invalid", "Name|name|resolution")):
        with pytest.raises(UnreachableError, match=why):
            ask(url, Retrying(clock=clock, most=5))
    # Where there's no resolver at all, no name is known to be wrong.
    assert sum(clock.sleeps) <= 5


@both_ways
def test_a_name_that_does_not_exist_is_told_from_a_resolver_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import socket

    for error, lasts in ((socket.EAI_NONAME, True), (socket.EAI_AGAIN, False)):

        def look_up(*_: object, error: int = error, **__: object) -> list[Any]:
            raise socket.gaierror(error, "so the resolver says")

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        with pytest.raises(ConnectionFailed) as raised:
            connect("http://batch.example").request("GET", "/", {}, None)
        assert raised.value.lasting is lasts


@both_ways
@pytest.mark.parametrize(("status", "lasts"), [(407, True), (403, True), (502, False)])
def test_a_proxy_that_refuses_is_told_from_one_that_is_busy(
    status: int, lasts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Proxy(Answering):
        statuses = iter([status])
        headers_sent: dict[str, str] = {}
        asked: list[str] = []
        do_CONNECT = Answering.do_GET

    with serving_at(Proxy) as url:
        monkeypatch.setenv("https_proxy", url)
        with pytest.raises(ConnectionFailed, match=str(status)) as raised:
            connect("https://batch.example").request("GET", "/", {}, None)
    assert raised.value.lasting is lasts


@both_ways
def test_tls_where_there_is_none_will_not_be_there_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering() as (url, _), pytest.raises(ConnectionFailed) as raised:
        connect(url.replace("http:", "https:")).request("GET", "/", {}, None)
    assert raised.value.lasting


@every_kind
def test_a_brief_command_tells_soon(ask: Ask) -> None:
    clock, told = WaitingClock(), list[str]()
    with answering(forever=503) as (url, _), pytest.raises(ServiceError):
        ask(url, Retrying(told.append, clock=clock, most=5))
    assert sum(clock.sleeps) == pytest.approx(5)
    assert not told


def test_of_many_requests_one_line_tells_and_each_waits_no_longer_than_the_first() -> None:
    clock, told = WaitingClock(), list[str]()
    retrying = Retrying(told.append, clock=clock)
    with answering(forever=503) as (url, asked):
        for _ in range(10):
            with pytest.raises(ServiceError):
                blob(url, retrying)
    assert sum(clock.sleeps) == pytest.approx(300, abs=0.01)
    assert told == ["the storage service is busy (503): trying again for up to 5m"]
    assert len(asked) < 60


def test_a_service_that_was_back_meanwhile_is_waited_for_anew() -> None:
    clock, told = WaitingClock(), list[str]()
    retrying = Retrying(told.append, clock=clock)
    with answering(503, 503, 202, forever=503) as (url, _):
        blob(url, retrying)
        first = sum(clock.sleeps)
        clock.now += 1000
        with pytest.raises(ServiceError):
            blob(url, retrying)
    assert sum(clock.sleeps) - first == pytest.approx(300, abs=0.01)


def test_each_service_has_a_line_of_its_own_and_hears_of_it_from_any_thread() -> None:
    clock, told = WaitingClock(), list[str]()
    retrying = Retrying(told.append, clock=clock)
    begin = threading.Barrier(8)

    def wait(number: int) -> None:
        begin.wait(20)
        Patience(BATCH if number % 2 else BLOB_REQUEST, retrying).wait("is busy", asked=6)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(wait, range(8)))
    assert sorted(told) == [
        "the Batch service is busy: trying again for up to 5m",
        "the storage service is busy: trying again for up to 5m",
    ]


@every_kind
def test_who_stops_a_thread_ends_its_waiting(ask: Ask) -> None:
    clock = WaitingClock()

    def check() -> None:
        if clock.sleeps:
            raise Enough

    with answering(forever=503) as (url, asked), stoppable(check), pytest.raises(Enough):
        ask(url, Retrying(clock=clock))
    assert (len(asked), len(clock.sleeps)) == (1, 1)


@both_ways
def test_a_download_that_moves_is_not_given_up(tmp_path: Path) -> None:
    content = b"0123456789" * 4

    class Dripping(Answering):
        """Brings one byte, and answers 503 for a while before the next one."""

        asked: list[str] = []

        def do_GET(self) -> None:
            start = int(self.headers["Range"].removeprefix("bytes=").partition("-")[0])
            self.asked.append(self.headers["Range"])
            if len(self.asked) % 8:
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            rest = content[start:]
            self.send_response(206)
            self.send_header("Content-Length", str(len(rest)))
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")
            self.end_headers()
            self.wfile.write(rest[:1])
            self.close_connection = True

    clock = WaitingClock()
    with serving_at(Dripping) as url:
        text = f"AccountName=a;AccountKey={KEY_OF_NOTHING};BlobEndpoint={url}/a"
        storage = connect_storage(text, Retrying(clock=clock))
        with FileIO(tmp_path / "copy", "w+") as file:
            storage.download_file("c", "b", file, bytes_done=lambda _: None)
    assert (tmp_path / "copy").read_bytes() == content
    assert sum(clock.sleeps) > 600


def test_a_formula_that_comes_too_soon_is_not_sent_again() -> None:
    clock = WaitingClock()
    headers = {"x_ms_error_code": "TooManyEnableAutoScaleRequests"}
    with answering(forever=503, **headers) as (url, asked), pytest.raises(ServiceError):
        batch_job(url, Retrying(clock=clock))
    assert (len(asked), clock.sleeps) == (1, [])


def test_steps_end_after_their_seconds() -> None:
    waited: list[float] = []
    steps = Steps(DELETION, waited.append)
    assert steps.are_for("JobBeingTerminated") and not steps.are_for("JobNotFound")
    while not steps.is_over:
        steps.wait()
    assert waited == [2.0] * 60


@both_ways
def test_entra_id_and_the_management_plane_are_waited_for_as_well(
    sign_in: SignIn,
    arm: Arm,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Busy(Answering):
        statuses = iter([503, 429])
        headers_sent = {"Retry-After": "7"}
        asked: list[str] = []

    for name, value in sign_in.environment("service-principal").items():
        monkeypatch.setenv(name, value)
    clock, told = WaitingClock(), list[str]()
    retrying = Retrying(told.append, clock=clock)
    with serving_at(Busy, certificates) as url:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", url)
        with pytest.raises(SignInError):
            Identity(Way("service-principal"), retrying).get_token(
                "https://storage.azure.com/.default"
            )
        assert clock.sleeps[:2] == [7, 7]
        assert sum(clock.sleeps) == pytest.approx(300, abs=0.01)
        Busy.statuses = iter([503] * 1000)
        clock.sleeps.clear()
        management = Management(
            sign_in.tenant.credential(), url, subscription="s", retrying=retrying
        )
        with pytest.raises(ServiceError):
            list(management.accounts())
    assert sum(clock.sleeps) == pytest.approx(300, abs=0.01)
    assert told == [
        "Entra ID is busy (503): trying again for up to 5m",
        "Azure's management is busy (503): trying again for up to 5m",
    ]
