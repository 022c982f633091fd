from __future__ import annotations

import asyncio

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from batchff.emulator.blob.protocol.errors import StorageError
from tests.emulator.blob.protocol.requests import body, request_for


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ("", "", "")),
        ("/batchfflocal", ("batchfflocal", "", "")),
        ("/batchfflocal/films", ("batchfflocal", "films", "")),
        ("/batchfflocal/films/a/b%2Fc%20d.mov", ("batchfflocal", "films", "a/b/c d.mov")),
        ("/batchfflocal/films//a", ("batchfflocal", "films", "/a")),
    ],
)
def test_a_path_is_an_account_a_container_and_a_blob(
    path: str, names: tuple[str, str, str]
) -> None:
    request = request_for(path)
    assert (request.account, request.container, request.blob) == names


def test_text_that_isnt_utf8_is_kept_so_that_the_sender_can_be_known_first() -> None:
    request = request_for("/a/films/%FF", "prefix=%FE")
    assert request.blob.encode("utf-8", "surrogateescape") == b"\xff"
    assert request.query["prefix"].encode("utf-8", "surrogateescape") == b"\xfe"


def test_names_have_no_case_and_values_given_twice_are_joined() -> None:
    request = request_for(
        query="Comp=list&include=metadata&INCLUDE=copy&marker=",
        headers=[("X-Ms-Version", "2021-12-02"), ("Range", "a"), ("range", "b")],
    )
    assert request.query == {"comp": "list", "include": "copy,metadata", "marker": ""}
    assert request.headers == {"x-ms-version": "2021-12-02", "range": "a,b"}


def test_the_endpoint_is_as_the_client_wrote_it() -> None:
    assert (
        request_for(headers=[("Host", "localhost:1")]).endpoint == "http://localhost:1/batchfflocal"
    )


def test_each_request_has_an_id_of_its_own_like_a_guid() -> None:
    ids = {request_for().id for _ in range(10)}
    assert len(ids) == 10
    assert {tuple(map(len, each.split("-"))) for each in ids} == {(8, 4, 4, 4, 12)}


def test_a_body_is_read_to_its_end_and_not_beyond_its_limit() -> None:
    def arriving() -> list[Message]:
        return [body(b"one", more=True), body(b"", more=True), body(b"two")]

    assert asyncio.run(request_for(messages=arriving()).read(limit=6)) == b"onetwo"
    with pytest.raises(StorageError, match="RequestBodyTooLarge"):
        asyncio.run(request_for(messages=arriving()).read(limit=5))


def test_a_body_that_breaks_off_isnt_taken_for_a_whole_one() -> None:
    with pytest.raises(ClientDisconnect):
        asyncio.run(request_for(messages=[body(b"one", more=True)]).read(limit=6))


def test_the_source_of_a_copy_is_read_without_the_senders_own_rights() -> None:
    request = request_for(query="sig=mine", headers=[("authorization", "SharedKey a:b")])
    source = request.for_url("127.0.0.1", "/other/films/b%20c", "sig=theirs")
    assert (source.account, source.container, source.blob) == ("other", "films", "b c")
    assert (source.query, source.headers, source.method) == ({"sig": "theirs"}, {}, "GET")
    assert source.id == request.id


@pytest.mark.parametrize(
    ("host", "path", "names"),
    [
        ("127.0.0.1:5", "/own/films/a", ("own", "films", "a")),
        ("own.blob.localhost:5", "/films/a", ("own", "films", "a")),
        ("OWN.blob.localhost", "/films/a/b", ("own", "films", "a/b")),
        ("own.batch.localhost", "/films/a", ("films", "a", "")),
        ("blob.localhost", "/own/films", ("own", "films", "")),
    ],
)
def test_the_account_is_in_the_host_or_in_the_path(
    host: str, path: str, names: tuple[str, str, str]
) -> None:
    request = request_for(path=path, headers=[("host", host)])
    assert (request.account, request.container, request.blob) == names


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("127.0.0.1:5", "http://127.0.0.1:5/own"),
        ("own.blob.localhost:5", "http://own.blob.localhost:5"),
    ],
)
def test_urls_in_answers_are_in_the_style_of_the_request(host: str, endpoint: str) -> None:
    path = "/films" if host.startswith("own") else "/own/films"
    assert request_for(path=path, headers=[("host", host)]).endpoint == endpoint
