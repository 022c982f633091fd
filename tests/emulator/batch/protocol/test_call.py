from __future__ import annotations

import re

import pytest

from tests.emulator.examples import code_of, pool_document
from tests.emulator.running import Connection

ETAG = re.compile(r"0x[0-9A-F]{15}")


def test_a_create_answers_with_an_empty_body_and_its_headers(
    service: Connection, name: str
) -> None:
    response = service.send("POST", "/pools", pool_document(name))

    assert (response.status, response.data) == (201, b"")
    assert ETAG.fullmatch(response.headers["ETag"])
    assert response.headers["Last-Modified"].endswith(" GMT")
    assert response.headers["DataServiceVersion"] == "3.0"
    assert response.headers["DataServiceId"] == f"{service.batch_endpoint}/pools/{name}"
    assert response.headers["Location"] == f"{service.batch_endpoint}/pools/{name}"
    assert response.headers["request-id"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"nul", b"\xff", b"[" * 100_000, b'{"id": NaN}'])
def test_a_body_that_is_no_object_is_refused(service: Connection, body: bytes) -> None:
    response = service.send("POST", "/pools", body)

    assert response.status == 400
    assert code_of(response) in ("InvalidRequestBody", "InvalidPropertyValue")


@pytest.mark.parametrize("path", ["/pools", "/jobs"])
def test_statistics_are_not_there(service: Connection, path: str) -> None:
    response = service.send("GET", f"{path}?$expand=stats")

    assert response.status == 200
    assert b'"stats"' not in response.data
    assert service.send("GET", f"{path}?$expand=other").status == 400
