"""Blobs put together on the server: where it copies, and where the bytes must be carried."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.cloud.blob.bandwidth import REQUEST
from batchff.cloud.blob.compose import COPIED, LARGEST_BLOCK, blocks_of
from batchff.cloud.blob.upload import MOST_BLOCKS
from batchff.cloud.http.retrying import Retrying
from batchff.cloud.storage import Storage, connect_storage
from batchff.errors import BatchffError, NotFoundError, ServiceError
from batchff.model.byte_ranges import ByteRange, Part
from tests.benchmarks.relay import Meter, relayed
from tests.cloud.http.clocks import WaitingClock
from tests.cloud.small_servers import serving
from tests.storage_servers import SOMEONE_ELSES_KEY, StorageServer

MIB = 1024 * 1024
FILM = Random("a film").randbytes(REQUEST + 3 * MIB)
NAME = "in put/Ä film #1?.mov"


@pytest.fixture
def storage(storage_server: StorageServer) -> Storage:
    return with_film(storage_server)


@pytest.fixture
def container(storage_server: StorageServer) -> str:
    return storage_server.container


def with_film(server: StorageServer) -> Storage:
    storage = server.storage()
    storage.ensure_container(server.container, {})
    storage.upload_bytes(server.container, NAME, FILM, {})
    return storage


def content(storage: Storage, container: str, blob: str) -> bytes:
    return storage.read_piece(container, blob, 0, 1 << 30) or b""


def bytes_of(parts: list[Part]) -> bytes:
    return b"".join(
        FILM[part.start : part.end] if isinstance(part, ByteRange) else part for part in parts
    )


PARTS: list[list[Part]] = [
    [b"head", ByteRange(1000, 2000)],
    [ByteRange(0, len(FILM))],
    [b"one", b"two", b"", ByteRange(5, 5), ByteRange(0, 1), b"three", ByteRange(1, 2), b"end"],
    [ByteRange(9 * MIB, 9 * MIB + 5), ByteRange(9 * MIB + 5, 10 * MIB), ByteRange(0, 3)],
    [b"x" * (REQUEST + 1)],
    [],
]


@pytest.mark.parametrize("parts", PARTS)
def test_a_blob_is_made_of_bytes_and_ranges(
    storage: Storage, container: str, parts: list[Part]
) -> None:
    done: list[int] = []

    storage.compose(
        container, "ch unk/1", (container, NAME), parts, {"batchff": "1"}, bytes_done=done.append
    )

    wanted = bytes_of(parts)
    assert content(storage, container, "ch unk/1") == wanted
    [made] = storage.list_blobs(container, "ch unk/", metadata=True)
    assert (made.size, made.md5, made.metadata) == (len(wanted), None, {"batchff": "1"})
    # Where the server turns out not to copy, what was sent until then is sent again.
    assert sum(done) >= len(wanted)


def test_progress_is_told_in_bytes(emulated_storage: StorageServer) -> None:
    storage, container = with_film(emulated_storage), emulated_storage.container
    done: list[int] = []
    parts: list[Part] = [b"head", ByteRange(0, len(FILM)), b"end"]

    storage.compose(container, "c", (container, NAME), parts, {}, bytes_done=done.append)

    assert sum(done) == len(FILM) + len(b"headend")


def test_the_type_is_the_one_asked_for(
    storage: Storage, storage_server: StorageServer, container: str
) -> None:
    for blob, kind in (("a", "video/mp4"), ("b", "")):
        storage.compose(container, blob, (container, NAME), [b"x", ByteRange(0, 9)], {}, kind)

    client = storage_server.server.client().get_container_client(container)
    types = [blob.content_settings.content_type for blob in client.list_blobs("a")]
    types += [blob.content_settings.content_type for blob in client.list_blobs("b")]
    assert types == ["video/mp4", "application/octet-stream"]


def test_a_blob_takes_the_place_of_what_was_there(storage: Storage, container: str) -> None:
    storage.upload_bytes(container, "chunk", b"earlier", {"is": "old"})

    for head in (b"a", b"b", b"b"):
        storage.compose(container, "chunk", (container, NAME), [head, ByteRange(0, 5)], {})

    assert content(storage, container, "chunk") == b"b" + FILM[:5]
    assert storage.blob_info(container, "chunk").metadata == {}


def test_attempts_at_one_blob_do_not_spoil_each_other(storage: Storage, container: str) -> None:
    parts: list[Part] = [b"head", ByteRange(0, 1000), b"end"]
    source = (container, NAME)

    with ThreadPoolExecutor(6) as threads:
        attempts = [
            threads.submit(storage.compose, container, "chunk", source, parts, {})
            for _ in range(12)
        ]
        for attempt in attempts:
            attempt.result()

    assert content(storage, container, "chunk") == b"head" + FILM[:1000] + b"end"


def test_the_bytes_of_ranges_are_not_sent(emulated_storage: StorageServer) -> None:
    container = emulated_storage.container
    with_film(emulated_storage)
    address = urlsplit(emulated_storage.server.url)
    assert address.port
    sent, received = Meter(), Meter()
    with relayed(address.port, sent, received) as port:
        url = address._replace(netloc=f"127.0.0.1:{port}").geturl()
        storage = connect_storage(emulated_storage.connection_string(url=url))
        storage.compose(container, "c", (container, NAME), [b"head", ByteRange(0, len(FILM))], {})

    assert sent.bytes + received.bytes < 20_000


def test_a_source_that_changed_is_refused(storage: Storage, container: str) -> None:
    etag = storage.blob_info(container, NAME).etag
    parts: list[Part] = [b"head", ByteRange(0, 100)]
    storage.compose(container, "c", (container, NAME), parts, {}, source_etag=etag)
    storage.upload_bytes(container, NAME, FILM[::-1], {})

    with pytest.raises(ServiceError, match="ConditionNotMet"):
        storage.compose(container, "c", (container, NAME), parts, {}, source_etag=etag)

    assert content(storage, container, "c") == b"head" + FILM[:100]


def test_a_source_that_is_not_there_makes_nothing(storage: Storage, container: str) -> None:
    with pytest.raises(NotFoundError):
        storage.compose(container, "c", (container, "nothing"), [b"a", ByteRange(0, 9)], {})

    assert storage.read_piece(container, "c", 0, 1) is None


def test_a_range_that_is_not_there_makes_nothing(storage: Storage, container: str) -> None:
    beyond = ByteRange(len(FILM) + 5, len(FILM) + 9)

    with pytest.raises(BatchffError):
        storage.compose(container, "c", (container, NAME), [b"a", beyond], {})

    assert storage.read_piece(container, "c", 0, 1) is None


def test_a_wrong_key_is_told_without_a_sas(storage_server: StorageServer, container: str) -> None:
    with_film(storage_server)
    stranger = connect_storage(storage_server.connection_string(key=SOMEONE_ELSES_KEY))

    with pytest.raises(BatchffError, match="refused the credentials") as raised:
        stranger.compose(container, "c", (container, NAME), [ByteRange(0, 9)], {})

    assert "sig=" not in raised.value.message + raised.value.hint


class Request:
    """What a service was asked, and how it's answered."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.query = parse_qs(urlsplit(handler.path).query)
        self.source = handler.headers.get("x-ms-copy-source", "")
        self.range = str(handler.headers.get("Range", ""))
        length = int(handler.headers.get("Content-Length") or 0)
        self.body = handler.rfile.read(length)


Answering = Callable[[Request], tuple[int, str, str]]
"""Gives the status, the code and the message of the answer."""


def service(answering: Answering, heard: list[Request]) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Service(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            request = Request(self)
            with lock:
                heard.append(request)
                status, code, message = answering(request)
            body = f"<Error><Message>{message}</Message></Error>".encode() if code else b""
            self.answer(status, code, body)

        def do_GET(self) -> None:
            with lock:
                heard.append(request := Request(self))
            first, last = map(int, re.findall(r"\d+", request.range))
            self.answer(206, "", FILM[first : last + 1])

        def answer(self, status: int, code: str, body: bytes) -> None:
            self.send_response(status)
            if code:
                self.send_header("x-ms-error-code", code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on stderr."""

    return Service


def test_the_source_is_opened_by_a_sas_of_one_blob_for_an_hour_at_most() -> None:
    heard: list[Request] = []

    with serving(service(lambda _: (201, "", ""), heard)) as connection:
        connect_storage(connection).compose("c", "b", ("src", "film"), [ByteRange(1, 4)], {})

    [url] = [request.source for request in heard if request.source]
    facts = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert urlsplit(url).path == "/a/src/film"
    assert (facts["sr"], facts["sp"]) == ("b", "r")
    left = datetime.fromisoformat(facts["se"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(hours=1)


def test_what_fails_for_now_is_tried_again() -> None:
    heard: list[Request] = []
    clock = WaitingClock()

    def answering(request: Request) -> tuple[int, str, str]:
        tries = sum(each.source == request.source for each in heard)
        return (503, "ServerBusy", "later") if request.source and tries < 4 else (201, "", "")

    with serving(service(answering, heard)) as connection:
        storage = connect_storage(connection, Retrying(clock=clock))
        storage.compose("c", "b", ("c", "film"), [b"head", ByteRange(0, 4)], {})

    assert sum(bool(request.source) for request in heard) == 4
    assert b"<Latest>" in heard[-1].body


@pytest.mark.parametrize(
    ("status", "code"), [(501, "APINotImplemented"), (403, "CannotVerifyCopySource")]
)
def test_a_service_that_cannot_copy_is_asked_once_and_bytes_are_carried(
    status: int, code: str
) -> None:
    heard: list[Request] = []

    def answering(request: Request) -> tuple[int, str, str]:
        return (status, code, "no") if request.source else (201, "", "")

    with serving(service(answering, heard)) as connection:
        storage = connect_storage(connection)
        for blob in ("first", "second"):
            storage.compose("c", blob, ("c", "film"), [b"head", ByteRange(0, len(FILM))], {})

    assert sum(bool(request.source) for request in heard) == 1
    bodies = [request.body for request in heard if request.query.get("comp") == ["block"]]
    assert max(map(len, bodies)) <= REQUEST
    assert sum(len(body) for body in bodies if body != b"head") == 2 * len(FILM)


def test_an_answer_that_quotes_the_source_is_told_without_its_sas() -> None:
    heard: list[Request] = []

    def answering(request: Request) -> tuple[int, str, str]:
        quoted = request.source.replace("&", "&amp;")
        return (
            (400, "InvalidHeaderValue", f"bad: {quoted} it is") if request.source else (201, "", "")
        )

    with serving(service(answering, heard)) as connection, pytest.raises(ServiceError) as raised:
        connect_storage(connection).compose("c", "b", ("c", "film"), [ByteRange(0, 4)], {})

    signature = parse_qs(urlsplit(heard[0].source).query)["sig"][0]
    assert raised.value.message.endswith("&sig= it is")
    assert signature not in raised.value.message


@pytest.mark.parametrize("copies", [True, False])
def test_a_source_in_another_account_is_opened_by_its_own_sas(
    emulated_storage: StorageServer, copies: bool
) -> None:
    films = emulated_storage.container
    with_film(emulated_storage)
    server = emulated_storage.server
    sas = server.account_sas("r")
    heard: list[Request] = []

    def answering(request: Request) -> tuple[int, str, str]:
        return (501, "NotImplemented", "no") if request.source and not copies else (201, "", "")

    with serving(service(answering, heard)) as connection:
        storage = connect_storage(connection)
        other = storage.opened_by(server.url, sas)
        parts: list[Part] = [b"head", ByteRange(5, 90)]
        storage.compose("c", "b", (films, NAME), parts, {}, source_storage=other)

    [asked] = [request for request in heard if request.source]
    assert asked.source == f"{other.url(films, NAME)}?{sas}"
    sent = [each.body for each in heard if each.query.get("comp") == ["block"] and not each.source]
    assert (FILM[5:90] in sent) is not copies


def test_where_one_account_cannot_be_copied_from_another_one_can(
    emulated_storage: StorageServer,
) -> None:
    heard: list[Request] = []

    def answering(request: Request) -> tuple[int, str, str]:
        far = emulated_storage.server.account in request.source
        return (403, "CannotVerifyCopySource", "no") if far else (201, "", "")

    with_film(emulated_storage)
    server, films = emulated_storage.server, emulated_storage.container
    with serving(service(answering, heard)) as connection:
        storage = connect_storage(connection)
        other = storage.opened_by(server.url, server.account_sas("r"))
        for blob in ("b", "d"):
            storage.compose("c", blob, (films, NAME), [ByteRange(0, 9)], {}, source_storage=other)
            storage.compose("c", blob, ("films", "own"), [ByteRange(0, 9)], {})

    asked = [server.account in request.source for request in heard if request.source]
    assert asked == [True, False, False]


# Which blocks


RANGES = st.builds(
    lambda start, length: ByteRange(start, start + length),
    st.integers(0, 500),
    st.integers(0, 300),
)


@given(st.lists(st.one_of(st.binary(max_size=40), RANGES), max_size=12), st.integers(1, 200))
def test_blocks_are_the_parts_whatever_their_size(parts: list[Part], size: int) -> None:
    source = FILM[:1000]

    def joined(blocks: list[Part]) -> bytes:
        return b"".join(
            source[each.start : each.end] if isinstance(each, ByteRange) else each
            for each in blocks
        )

    blocks = blocks_of(parts, size)

    assert joined(blocks) == joined(parts)
    lengths = [len(joined([block])) for block in blocks]
    assert all(0 < length <= size for length in lengths)
    for before, after in pairwise(blocks):
        if isinstance(before, bytes) and isinstance(after, bytes):
            assert len(before) == size


def test_adjacent_literals_and_ranges_are_one_block() -> None:
    split = (ByteRange(4, 6), ByteRange(6, 9), b"", ByteRange(9, 10))
    parts: list[Part] = [b"a", b"", b"b", *split, b"c"]

    assert blocks_of(parts, COPIED) == [b"ab", ByteRange(4, 10), b"c"]


def test_the_largest_blob_has_as_many_blocks_as_the_service_takes() -> None:
    tib = 1 << 40

    blocks = blocks_of([b"head", ByteRange(0, 190 * tib)], COPIED)

    assert len(blocks) <= MOST_BLOCKS
    lengths = [each.size for each in blocks if isinstance(each, ByteRange)]
    assert sum(lengths) == 190 * tib and max(lengths) <= LARGEST_BLOCK


@pytest.mark.parametrize(
    "parts",
    [
        [ByteRange(0, MOST_BLOCKS * LARGEST_BLOCK + 1)],
        [part for place in range(25_001) for part in (b"x", ByteRange(place, place + 1))],
    ],
)
def test_more_than_a_blob_can_have_is_refused(parts: list[Part]) -> None:
    with pytest.raises(ValueError, match="50000"):
        blocks_of(parts, COPIED)
