"""Requests for blobs' bytes over real sockets, by either way to send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import pytest

from batchff.cloud.http.connections import Answer, Connections
from batchff.cloud.http.failures import ConnectionFailed, NotConnected
from batchff.cloud.http.switch import connect
from tests.cloud.http.socks import running_socks
from tests.cloud.small_servers import serving_at
from tests.identity.certificates import Certificates
from tests.identity.proxy import running_proxy
from tests.storage_servers import closed_port

pytestmark = pytest.mark.usefixtures("way")

LARGE = bytes(range(256)) * 1024


class Blobs(BaseHTTPRequestHandler):
    """Keeps what it's sent; answers with it, or as its paths say."""

    protocol_version = "HTTP/1.1"
    peers: set[int]
    asked: list[str]
    signed: list[str | None]

    def do_PUT(self) -> None:
        self._note()
        if self.path == "/refused":
            # Much less than what is sent: the rest has nowhere to go.
            self.close_connection = True
            self._answer(403, b"why not")
            self.connection.shutdown(socket.SHUT_WR)
            return
        self._answer(201, self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self._note()
        if self.path == "/half":
            self.close_connection = True
            self._answer(200, LARGE[:1000], length=len(LARGE))
        else:
            self._answer(200, LARGE)

    do_HEAD = do_GET

    def _note(self) -> None:
        self.peers.add(self.client_address[1])
        self.asked.append(self.path)
        self.signed.append(self.headers["Proxy-Authorization"])

    def _answer(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("X-Twice", "1")
        self.send_header("x-twice", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture
def service() -> type[Blobs]:
    class Own(Blobs):
        peers = set()
        asked = []
        signed = []

    return Own


@pytest.fixture
def url(service: type[Blobs]) -> Iterator[str]:
    with serving_at(service) as url:
        yield url


def put(connections: Connections, path: str, pieces: list[bytes]) -> Answer:
    length = str(sum(map(len, pieces)))
    body = (memoryview(piece) for piece in pieces)
    return connections.request("PUT", path, {"Content-Length": length}, body)


def whole(answer: Answer) -> bytes:
    buffer = bytearray(1000)
    found = b""
    while count := answer.read_into(memoryview(buffer)):
        found += buffer[:count]
    return found


def test_a_body_is_sent_in_pieces_and_read_in_pieces(url: str) -> None:
    connections = connect(url)
    answer = put(connections, "/c/a%20b?comp=block", [LARGE, b"", b"the end"])
    assert (answer.status, answer.reason) == (201, "Created")
    assert answer.headers["x-twice"] == "1, 2"
    assert whole(answer) == LARGE + b"the end"


def test_paths_arrive_as_they_are(url: str, service: type[Blobs]) -> None:
    paths = ["/c/a%2Fb%C3%B6", "/c/../d/./e", "/c/%7E~?a=b%3D&c=d'(f)"]
    connections = connect(url)
    for path in paths:
        connections.request("GET", path, {}, None).read()
    assert service.asked == paths


def test_one_connection_serves_answers_that_were_read(url: str, service: type[Blobs]) -> None:
    connections = connect(url)
    assert connections.request("HEAD", "/", {}, None).read() == b""
    assert whole(put(connections, "/", [b"piece"])) == b"piece"
    assert connections.request("GET", "/", {}, None).read() == LARGE
    given_up = connections.request("GET", "/", {}, None)
    given_up.close()
    assert len(service.peers) == 1
    connections.request("GET", "/", {}, None).read()
    assert len(service.peers) == 2


def test_who_refuses_before_all_is_sent_says_why(url: str) -> None:
    connections = connect(url)
    try:
        answer = put(connections, "/refused", [LARGE] * 100)
    except ConnectionFailed as failure:
        assert not failure.lasting  # the system threw the answer away with what came too much
    else:
        assert (answer.status, answer.read()) == (403, b"why not")


def test_half_a_body_is_a_failed_connection(url: str) -> None:
    reads: list[Callable[[Answer], bytes]] = [lambda answer: answer.read(), whole]
    for read in reads:
        connections = connect(url)
        answer = connections.request("GET", "/half", {}, None)
        with pytest.raises(ConnectionFailed) as raised:
            read(answer)
        assert not isinstance(raised.value, NotConnected)
        assert not raised.value.lasting


def test_nobody_who_listens_is_a_lasting_failure_on_this_machine(url: str) -> None:
    with pytest.raises(NotConnected, match="refused") as raised:
        connect(f"http://127.0.0.1:{closed_port()}").request("GET", "/", {}, None)
    assert raised.value.lasting


def test_who_doesnt_answer_is_waited_for_as_long_as_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connections = connect(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ConnectionFailed, match="timed out"):
            connections.request("GET", "/", {}, None, seconds_of_silence=0.05)


def test_what_stops_a_body_comes_through(url: str) -> None:
    class Stopped(Exception):
        pass

    def body() -> Iterator[memoryview]:
        yield memoryview(b"half")
        raise Stopped

    with pytest.raises(Stopped):
        connect(url).request("PUT", "/", {"Content-Length": "8"}, body())


def fetch(endpoint: str) -> bytes:
    connections = connect(endpoint)
    return connections.request("GET", "/a", {}, None).read()


NAME = "a.westeurope.batch.azure.com"
"""Nobody here can look it up: it's the proxy that must."""


@pytest.mark.parametrize("kind", ["http", "https"])
def test_tls_goes_through_a_tunnel(
    kind: str,
    service: type[Blobs],
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    own = certificates if kind == "https" else None
    with (
        serving_at(service, certificates) as url,
        running_proxy(all_to=urlsplit(url).netloc, certificates=own, user="a:b") as (proxy, asked),
    ):
        monkeypatch.setenv("https_proxy", proxy.replace("//", "//a:b@"))
        assert fetch(f"https://{NAME}:8443") == LARGE
    assert asked == [f"{NAME}:8443"]
    assert (service.asked, service.signed) == (["/a"], [None])


@pytest.mark.parametrize("kind", ["http", "https"])
def test_a_proxy_that_forwards_is_told_the_whole_address(
    kind: str,
    service: type[Blobs],
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    with serving_at(service, certificates if kind == "https" else None) as proxy:
        monkeypatch.setenv("http_proxy", proxy.replace("//", "//a:b@"))
        assert fetch(f"http://{NAME}:8080") == LARGE
    assert (service.asked, service.signed) == ([f"http://{NAME}:8080/a"], ["Basic YTpi"])


@pytest.mark.parametrize(("kind", "host"), [("socks5h", NAME), ("socks5", "127.0.0.1")])
@pytest.mark.parametrize("user", ["", "a:b"])
def test_a_socks_proxy_looks_names_up_where_it_is_to(
    kind: str,
    host: str,
    user: str,
    service: type[Blobs],
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    with (
        serving_at(service, certificates) as url,
        running_socks(all_to=urlsplit(url).netloc, user=user) as (proxy, asked),
    ):
        monkeypatch.setenv("all_proxy", f"{kind}://{user}{'@' if user else ''}{proxy}")
        assert fetch(f"https://{host}:8443") == LARGE
    assert asked == [f"{host}:8443"]
    assert service.asked == ["/a"]


def test_plain_http_goes_through_socks_as_well(
    url: str, service: type[Blobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_socks(all_to=urlsplit(url).netloc) as (proxy, asked):
        monkeypatch.setenv("all_proxy", f"socks5h://{proxy}")
        assert fetch(f"http://{NAME}") == LARGE
    assert asked == [f"{NAME}:80"]
    assert service.asked == ["/a"]


def test_a_socks_proxy_that_refuses_is_asked_again_but_not_one_that_knows_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for user, lasting, said in (("a:b", False, "refused"), ("a:c", True, "authentication failed")):
        with running_socks(user="a:b", refuses=True) as (proxy, _):
            monkeypatch.setenv("https_proxy", f"socks5h://{user}@{proxy}")
            with pytest.raises(NotConnected, match=said) as raised:
                connect("https://batch.example").request("GET", "/", {}, None)
        assert raised.value.lasting is lasting


def test_threads_share_connections(url: str, service: type[Blobs]) -> None:
    connections = connect(url)
    found: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: found.extend(
                connections.request("GET", "/", {}, None).read() for _ in range(20)
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [LARGE] * 80
    assert len(service.peers) <= 4
