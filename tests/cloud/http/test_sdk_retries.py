"""The table's retries around requests of the SDK's clients, by either way to send."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceResponseError
from azure.core.pipeline import Pipeline
from azure.core.rest import HttpRequest, HttpResponse

from batchff.cloud.http.retry_policies import BATCH, SIGN_IN
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.http.sdk_retries import SdkRetries, SignInTransport, is_passing, read_whole
from batchff.cloud.http.transport import Transport
from tests.cloud.http.clocks import WaitingClock
from tests.cloud.small_servers import serving_at
from tests.storage_servers import closed_port

pytestmark = pytest.mark.usefixtures("way")


class Service(BaseHTTPRequestHandler):
    """Gives the answers it has, in turn; hangs up at None."""

    protocol_version = "HTTP/1.1"
    answers: Iterator[tuple[int, bytes] | None]
    asked: list[tuple[str, bytes]]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, body))
        answer = next(self.answers)
        if answer is None:
            self.close_connection = True
            return
        status, said = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        # A body of 'half' is all that comes of it.
        self.wfile.write(said.removesuffix(b" of it"))
        self.close_connection = said.endswith(b" of it")

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture
def service() -> type[Service]:
    class Own(Service):
        asked = []

    return Own


@pytest.fixture
def url(service: type[Service]) -> Iterator[str]:
    with serving_at(service) as url:
        yield url


@pytest.fixture
def clock() -> WaitingClock:
    return WaitingClock()


def run(url: str, clock: WaitingClock, method: str = "GET", **options: object) -> HttpResponse:
    retries = SdkRetries(BATCH, Retrying(clock=clock))
    pipeline: Pipeline[HttpRequest, HttpResponse] = Pipeline(Transport(), policies=[retries])
    content = b"a body" if method == "POST" else None
    return pipeline.run(HttpRequest(method, url, content=content), **options).http_response


def test_any_method_is_sent_again_with_its_body(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    service.answers = iter([(503, b""), None, (429, b""), (201, b"made")])
    assert run(url, clock, "POST").text() == "made"
    assert service.asked == [("POST", b"a body")] * 4


def test_the_first_broken_connection_is_not_waited_for(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    service.answers = iter([None, (200, b"")])
    run(url, clock)
    assert clock.sleeps == []


def test_half_an_answer_is_asked_for_again(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    service.answers = iter([(200, b"half of it"), (200, b"whole")])
    assert run(url, clock).text() == "whole"


def test_a_service_can_say_by_its_code_that_it_is_busy(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    service.answers = iter([(503, b'{"code": "TooManyEnableAutoScaleRequests"}')])
    assert run(url, clock).status_code == 503
    assert len(service.asked) == 1


def test_a_request_that_is_to_be_sent_once_is_sent_once(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    service.answers = iter([None, (503, b"")])
    with pytest.raises(ServiceResponseError):
        run(url, clock, retry_total=0)
    assert run(url, clock, retry_total=0).status_code == 503
    assert (len(service.asked), clock.sleeps) == (2, [])


def test_what_other_policies_of_the_sdk_take_is_left_out(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    service.answers = iter([(503, b""), (200, b"")])
    assert run(url, clock, timeout=5, retry_connect=3).status_code == 200


def test_a_sign_in_is_tried_again_but_not_the_look_for_a_machines_identity(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    transport = SignInTransport(SIGN_IN, Retrying(clock=clock))
    service.answers = iter([(400, b'{"error": "temporarily_unavailable"}'), (200, b""), (503, b"")])
    assert transport.send(HttpRequest("GET", url)).status_code == 200
    assert transport.send(HttpRequest("GET", url), connection_timeout=1).status_code == 503
    assert len(service.asked) == 3


def test_a_stream_is_read_whole_or_fails_with_what_can_pass(
    url: str, service: type[Service], clock: WaitingClock
) -> None:
    transport = Transport()
    retrying = Retrying(clock=clock)

    def ask() -> Iterator[bytes]:
        return transport.send(HttpRequest("GET", url), stream=True).iter_bytes()

    service.answers = iter([(200, b"half of it"), (200, b"half of it"), (200, b"whole")])
    assert read_whole(ask, BATCH, retrying) == b"whole"
    assert len(clock.sleeps) == 1
    service.answers = itertools.repeat((200, b"half of it"))
    with pytest.raises(AzureError) as raised:
        read_whole(ask, BATCH, retrying)
    assert is_passing(raised.value)
    assert sum(clock.sleeps) > 290


def test_what_was_refused_does_not_pass(url: str, service: type[Service]) -> None:
    service.answers = iter([(404, b"")])
    with Transport() as transport:
        response = transport.send(HttpRequest("GET", url))
        with pytest.raises(HttpResponseError) as refused:
            response.raise_for_status()
        with pytest.raises(AzureError) as gone:
            transport.send(HttpRequest("GET", f"http://127.0.0.1:{closed_port()}"))
    assert not is_passing(refused.value)
    assert not is_passing(gone.value)  # nobody starts a service on this machine meanwhile
