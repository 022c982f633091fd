from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from batchff.cloud.blob.requests import SLICE, BlobRequests, NoSuchRangeError, Passing, Target
from batchff.cloud.blob.signing import KeyAccess
from batchff.cloud.http.retrying import Retrying
from batchff.errors import NotFoundError, ServiceError, SignInError, UnreachableError
from tests.cloud.http.clocks import WaitingClock
from tests.cloud.small_servers import KEY_OF_NOTHING, serving_at
from tests.storage_servers import closed_port

Answer = tuple[int, str, bytes]
FINE: Answer = (200, "", b"media")
LISTING = "restype=container&comp=list"
BLOCK_BLOB = {"x-ms-blob-type": "BlockBlob"}
BLOB = Target("films", "a b/é.mov", "reading 'é.mov'")


class Server:
    """Gives these answers in turn, and the last one from then on; keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, bytes]] = []
        self.clock = WaitingClock()

    @contextmanager
    def requests(self) -> Iterator[BlobRequests]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.asked.append((self.command, self.path, body))
                left = server.answers
                status, code, content = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                if code:
                    self.send_header("x-ms-error-code", code)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = answer

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing on stderr."""

        with serving_at(Handler) as url:
            access = KeyAccess("a", KEY_OF_NOTHING)
            yield BlobRequests(f"{url}/a", access, Retrying(clock=self.clock))


def test_a_request_is_for_a_blob_whatever_its_name() -> None:
    server = Server(FINE)
    with server.requests() as requests:
        assert requests.send(BLOB, "GET") == b"media"
        requests.send(Target("films", "", "listing"), "GET", LISTING)
    assert [path for _, path, _ in server.asked] == [
        "/a/films/a%20b/%C3%A9.mov",
        f"/a/films?{LISTING}",
    ]


def test_a_busy_service_is_asked_again_and_progress_is_counted_once() -> None:
    server = Server((503, "ServerBusy", b""), FINE)
    body = bytes(SLICE + 1)
    moved: list[int] = []
    with server.requests() as requests:
        requests.send(BLOB, "PUT", headers=BLOCK_BLOB, body=body, bytes_done=moved.append)
    assert [(method, sent == body) for method, _, sent in server.asked] == [("PUT", True)] * 2
    assert sum(moved) == len(body)
    assert len(server.clock.sleeps) >= 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "BlobNotFound", NotFoundError),
        (403, "AuthenticationFailed", SignInError),
        (416, "InvalidRange", NoSuchRangeError),
        (409, "BlobImmutableDueToPolicy", ServiceError),
    ],
)
def test_a_refusal_is_an_error_at_once_in_the_services_words(
    status: int, code: str, kind: type[Exception]
) -> None:
    server = Server((status, code, b"<Error><Message>Not &lt;now&gt;.\nTime:1</Message></Error>"))
    with server.requests() as requests, pytest.raises(kind) as raised:
        requests.send(BLOB, "GET")
    assert str(raised.value).startswith("reading 'é.mov': ")
    assert f"{code}: Not <now>." in str(raised.value)
    assert len(server.asked) == 1


def test_a_service_that_stays_busy_is_given_up_with_its_last_answer() -> None:
    server = Server((503, "ServerBusy", b""))
    with server.requests() as requests, pytest.raises(ServiceError) as raised:
        requests.send(BLOB, "GET")
    assert raised.value.code == "ServerBusy"
    assert len(server.asked) > 2


def test_who_opens_a_request_alone_hears_of_what_may_pass() -> None:
    server = Server((503, "ServerBusy", b""))
    with server.requests() as requests, pytest.raises(Passing) as raised:
        requests.open(BLOB, "GET", headers={})
    assert isinstance(raised.value.error, ServiceError)
    assert not raised.value.moved


def test_where_nobody_listens_it_is_unreachable() -> None:
    endpoint = f"http://127.0.0.1:{closed_port()}/a"
    retrying = Retrying(clock=WaitingClock())
    requests = BlobRequests(endpoint, KeyAccess("a", KEY_OF_NOTHING), retrying)
    with pytest.raises(UnreachableError):
        requests.send(BLOB, "GET")
