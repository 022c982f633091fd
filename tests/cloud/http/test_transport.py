"""The SDK's requests over our connections, by servers that answer in every way they may."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResponseNotReadError,
    ServiceRequestError,
    ServiceResponseError,
    StreamConsumedError,
)
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import RedirectPolicy, RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse

from batchff.cloud.batch import Batch
from batchff.cloud.errors import translated
from batchff.cloud.http.failures import ConnectionFailed, NotConnected, failure_in
from batchff.cloud.http.transport import Transport
from batchff.errors import BatchffError, UnreachableError
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.identity.certificates import Certificates
from tests.identity.proxy import running_proxy
from tests.storage_servers import closed_port

LARGE = bytes(range(256)) * 1024


class Service(BaseHTTPRequestHandler):
    """Answers as its paths say; keeps what it was asked for and from where."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    peers: set[int]
    end: threading.Event
    closed: threading.Semaphore

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.peers.add(self.client_address[1])
        getattr(self, f"answer_{urlsplit(self.path).path.strip('/')}")()

    do_HEAD = do_POST = do_GET

    def answer(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = {"method": self.command, "body": body.decode(), "path": self.path}
        said = json.dumps({**asked, "headers": dict(self.headers.items())}).encode()
        self.answer(200, said, Content_Type="application/json")

    def answer_marked(self) -> None:
        self.answer(200, b"\xef\xbb\xbf{}", Content_Type="application/xml", ETag="1")

    def answer_challenge(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", "PoP")
        self.send_header("www-authenticate", "Bearer")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_large(self) -> None:
        self.answer(200, LARGE)

    def answer_nothing(self) -> None:
        self.send_response(204)
        self.end_headers()

    def answer_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nseven\r\n3\r\n by\r\n0\r\n\r\n")

    def answer_missing(self) -> None:
        self.answer(404, b"no such thing")

    def answer_moved(self) -> None:
        self.answer(307, b"", Location="/echo")

    def answer_last(self) -> None:
        self.answer(200, b"the last word")
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
        self.closed.release()

    def answer_never(self) -> None:
        self.close_connection = True

    def answer_half(self) -> None:
        self.answer(200, b"half", length=8)
        self.close_connection = True

    def answer_late(self) -> None:
        self.end.wait()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture
def service() -> Iterator[type[Service]]:
    class Own(Service):
        asked = []
        peers = set()
        end = threading.Event()
        closed = threading.Semaphore(0)

    yield Own
    Own.end.set()


@pytest.fixture
def url(service: type[Service]) -> Iterator[str]:
    with serving_at(service) as url:
        yield url
        service.end.set()


@pytest.fixture
def transport(way: str) -> Iterator[Transport]:
    transport = Transport()
    with transport:
        yield transport


def get(transport: Transport, url: str, method: str = "GET") -> HttpResponse:
    return transport.send(HttpRequest(method, url))


@pytest.mark.parametrize("content", ["Größe", "Größe".encode()])
def test_a_request_arrives_as_it_is(url: str, transport: Transport, content: str | bytes) -> None:
    request = HttpRequest("POST", f"{url}/echo?a=1", headers={"ETag": "x"}, content=content)
    echo = transport.send(request).json()
    assert (echo["method"], echo["path"], echo["body"]) == ("POST", "/echo?a=1", "Größe")
    assert (echo["headers"]["ETag"], echo["headers"]["Content-Length"]) == ("x", "7")
    assert echo["headers"]["Host"] == urlsplit(url).netloc
    # An answer comes as it is, since nothing here would decode it.
    assert echo["headers"]["Accept-Encoding"] == "identity"


def test_only_what_may_have_a_body_tells_that_it_has_none(url: str, transport: Transport) -> None:
    assert get(transport, f"{url}/echo", "POST").json()["headers"]["Content-Length"] == "0"
    assert "Content-Length" not in get(transport, f"{url}/echo").json()["headers"]


def test_what_no_address_may_hold_is_escaped_once(url: str, transport: Transport) -> None:
    asked = get(transport, f"{url}/echo?$filter=id eq 'ö'&marker=a%2Fb").json()["path"]
    assert asked == "/echo?$filter=id%20eq%20'%C3%B6'&marker=a%2Fb"


def test_an_answer_is_told_as_it_is(url: str, transport: Transport) -> None:
    response = get(transport, f"{url}/marked")
    assert (response.status_code, response.reason, response.url) == (200, "OK", f"{url}/marked")
    assert response.headers["etag"] == response.headers["ETag"] == "1"
    assert response.content_type == "application/xml"
    assert response.content == b"\xef\xbb\xbf{}"
    assert (response.text(), response.text("utf-8"), response.json()) == ("{}", "{}", {})
    assert response.text("latin-1") == "ï»¿{}"
    response.raise_for_status()
    with pytest.raises(HttpResponseError, match="Not Found"):
        get(transport, f"{url}/missing").raise_for_status()


def test_a_header_that_comes_twice_is_one_list(url: str, transport: Transport) -> None:
    assert get(transport, f"{url}/challenge").headers["WWW-Authenticate"] == "PoP, Bearer"


def test_one_connection_serves_one_request_after_the_other(
    url: str, service: type[Service], transport: Transport
) -> None:
    assert get(transport, f"{url}/large", "HEAD").content == b""
    assert get(transport, f"{url}/nothing").content == b""
    assert get(transport, f"{url}/chunked").text() == "seven by"
    assert get(transport, f"{url}/missing").text() == "no such thing"
    streamed = transport.send(HttpRequest("GET", f"{url}/chunked"), stream=True)
    assert b"".join(streamed.iter_raw()) == b"seven by"
    assert get(transport, f"{url}/large").content == LARGE
    assert len(service.peers) == 1


def test_a_stream_is_read_in_pieces_and_once(url: str, transport: Transport) -> None:
    response = transport.send(HttpRequest("GET", f"{url}/large"), stream=True)
    with pytest.raises(ResponseNotReadError):
        assert response.content
    pieces = list(response.iter_bytes())
    assert (len(pieces) > 1, b"".join(pieces)) == (True, LARGE)
    with pytest.raises(StreamConsumedError):
        list(response.iter_raw())


def test_a_refusal_is_read_also_where_a_stream_was_asked_for(
    url: str, transport: Transport
) -> None:
    response = transport.send(HttpRequest("GET", f"{url}/missing"), stream=True)
    assert response.text() == "no such thing"
    assert list(response.iter_bytes()) == [b"no such thing"]


def test_a_stream_that_is_given_up_takes_its_connection_with_it(
    url: str, service: type[Service], transport: Transport
) -> None:
    with transport.send(HttpRequest("GET", f"{url}/large"), stream=True) as response:
        assert next(response.iter_bytes())
    assert response.is_closed
    get(transport, f"{url}/nothing")
    assert len(service.peers) == 2


def test_a_connection_that_was_closed_while_it_was_idle_is_not_used(
    url: str, service: type[Service], transport: Transport
) -> None:
    for _ in range(3):
        assert get(transport, f"{url}/last").text() == "the last word"
        assert service.closed.acquire(timeout=20)
    assert len(service.peers) == 3


def test_threads_have_answers_and_connections_of_their_own(
    url: str, service: type[Service], transport: Transport
) -> None:
    def ask(number: int) -> str:
        return str(get(transport, f"{url}/echo?{number}").json()["path"])

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(200))) == [f"/echo?{number}" for number in range(200)]
    assert len(service.peers) <= 8


def test_what_was_never_sent_is_told_from_what_was_never_answered(
    url: str, transport: Transport
) -> None:
    with pytest.raises(ServiceRequestError, match="refused"):
        get(transport, f"http://127.0.0.1:{closed_port()}/")
    with pytest.raises(ServiceResponseError, match="without response"):
        get(transport, f"{url}/never")


@pytest.mark.parametrize("stream", [False, True])
def test_half_an_answer_is_none(url: str, transport: Transport, stream: bool) -> None:
    with pytest.raises(AzureError) as raised:
        list(transport.send(HttpRequest("GET", f"{url}/half"), stream=stream).iter_bytes())
    failure = failure_in(raised.value)
    assert failure is not None and not isinstance(failure, NotConnected)
    assert re.search(r"4 (more|bytes)", str(failure))
    assert isinstance(translated(raised.value, "a file"), UnreachableError)


def test_a_server_is_waited_for_as_long_as_the_request_says(
    url: str, service: type[Service], transport: Transport
) -> None:
    with pytest.raises(ServiceResponseError, match="timed out"):
        transport.send(HttpRequest("GET", f"{url}/late"), read_timeout=0.05)
    # This one would greet by TLS, and nobody answers.
    silent = url.replace("http:", "https:")
    with pytest.raises(ServiceRequestError):
        transport.send(HttpRequest("GET", f"{silent}/echo"), connection_timeout=0.05)


def test_the_pipeline_sends_again_and_follows(
    url: str, service: type[Service], transport: Transport
) -> None:
    policies = [RedirectPolicy(), RetryPolicy(retry_total=2, retry_backoff_factor=0)]
    pipeline = Pipeline(transport, policies=policies)
    assert pipeline.run(HttpRequest("GET", f"{url}/moved")).http_response.json()["path"] == "/echo"
    with pytest.raises(ServiceResponseError):
        pipeline.run(HttpRequest("GET", f"{url}/never"))
    assert service.asked == ["/moved", "/echo", *["/never"] * 3]


def test_what_it_does_not_know_is_refused_by_name(url: str, transport: Transport, way: str) -> None:
    with pytest.raises(TypeError, match="no request takes connection_cert"):
        transport.send(HttpRequest("GET", url), connection_cert="a.pem")
    if way == "own":  # the SDK sends what yields bytes as well
        with pytest.raises(TypeError, match="no body is sent from list"):
            transport.send(HttpRequest("POST", url, content=[b"a", b"b"]))


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_a_proxy_is_told_the_whole_address(
    url: str,
    service: type[Service],
    transport: Transport,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, url.replace("//", "//user:pass@"))
    get(transport, "http://batch.example/echo")
    echo = get(transport, "http://other.example/echo?a=1").json()
    assert service.asked == ["http://batch.example/echo", "http://other.example/echo?a=1"]
    assert echo["headers"]["Host"] == "other.example"
    assert echo["headers"]["Proxy-Authorization"] == "Basic dXNlcjpwYXNz"


def test_tls_goes_through_one_tunnel(
    service: type[Service],
    transport: Transport,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    with serving_at(service, certificates) as url, running_proxy() as (proxy, asked):
        monkeypatch.setenv("https_proxy", proxy)
        for _ in range(3):
            assert get(transport, f"{url}/echo").json()["path"] == "/echo"
        transport.close()
        assert asked == [urlsplit(url).netloc]


def test_a_server_that_nobody_trusts_is_asked_once(
    service: type[Service],
    transport: Transport,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = AzureNamedKeyCredential("a", KEY_OF_NOTHING)
    with serving_at(service, certificates) as url, running_proxy() as (proxy, asked):
        monkeypatch.setenv("https_proxy", proxy)
        with pytest.raises(UnreachableError, match=r"job 'j': no answer \(TLS: .*certificate"):
            Batch(url, key).jobs.get("j")
        assert len(asked) == 1
        with pytest.raises(ServiceRequestError) as raised:
            get(transport, url)
        failure = raised.value.inner_exception
        assert isinstance(failure, ConnectionFailed) and failure.lasting
    assert service.asked == []


def test_authorities_that_cannot_be_read_are_told(
    transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    with pytest.raises(BatchffError, match="certificate authorities can't be read"):
        get(transport, "https://127.0.0.1/")
