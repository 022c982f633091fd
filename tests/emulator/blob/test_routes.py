"""What the emulator doesn't do, it refuses by name."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from batchff.emulator.blob.routes import ROUTES, Level, Route
from tests.emulator.blob.servers import BlobServer, blob_path

REFUSED = [route for route in ROUTES if route.operation.run is None]
UPLOAD = {"x-ms-blob-type": "BlockBlob"}
MIB = 1024 * 1024


def name_of(route: Route) -> str:
    return f"{route.method} {route.operation.name} {route.level.value}"


@pytest.mark.parametrize("route", [r for r in REFUSED if r.method != "HEAD"], ids=name_of)
def test_an_operation_that_is_not_there_is_refused_by_name(
    emulator: BlobServer, route: Route
) -> None:
    paths = {Level.SERVICE: "/", Level.CONTAINER: "/films", Level.BLOB: "/films/clip.mov"}
    answer = emulator.send(
        route.method,
        paths[route.level],
        dict(route.having),
        b"",
        query=f"restype={route.restype}&comp={route.comp}",
    )
    assert answer.status == 501
    assert answer.headers["x-ms-error-code"] == "NotImplemented"
    assert route.operation.name.encode() in answer.body


@pytest.mark.parametrize(
    ("method", "headers", "query", "named"),
    [
        ("PUT", UPLOAD | {"x-ms-lease-id": "1"}, "", "Put Blob with the header x-ms-lease-id"),
        ("PUT", UPLOAD | {"x-ms-tags": "a=b"}, "", "x-ms-tags"),
        ("PUT", UPLOAD | {"x-ms-access-tier": "Archive"}, "", "x-ms-access-tier"),
        ("PUT", UPLOAD | {"x-ms-encryption-key": "k"}, "", "x-ms-encryption-key"),
        ("PUT", UPLOAD | {"x-ms-content-crc64": "k"}, "", "x-ms-content-crc64"),
        ("GET", {"x-ms-range-get-content-crc64": "true"}, "", "x-ms-range-get-content-crc64"),
        ("GET", {"x-ms-if-tags": "a"}, "", "x-ms-if-tags"),
        ("GET", {}, "snapshot=2026-01-01", "Get Blob with the parameter snapshot"),
        ("DELETE", {}, "versionid=1", "Delete Blob with the parameter versionid"),
        ("DELETE", {"x-ms-delete-snapshots": "only"}, "", "x-ms-delete-snapshots: only"),
    ],
)
def test_what_would_be_ignored_is_refused_by_name(
    emulator: BlobServer, method: str, headers: dict[str, str], query: str, named: str
) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", b"content")
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send(method, path, headers, b"" if method == "PUT" else None, query=query)
    assert answer.status == 501
    assert named.encode() in answer.body
    assert container.download_blob("clip.mov").readall() == b"content"


def test_public_containers_are_refused(emulator: BlobServer) -> None:
    answer = emulator.send(
        "PUT", "/films", {"x-ms-blob-public-access": "blob"}, query="restype=container"
    )
    assert answer.status == 501


@pytest.mark.parametrize("path", ["/$root", "/$logs/clip.mov", "/$web"])
def test_the_containers_of_the_system_are_refused(emulator: BlobServer, path: str) -> None:
    restype = "" if path.count("/") > 1 else "restype=container"
    assert emulator.send("GET", path, query=restype).status == 501


def test_blobs_of_the_root_container_are_refused(emulator: BlobServer) -> None:
    answer = emulator.send("GET", "/clip.mov")
    assert answer.status == 501
    assert b"root container" in answer.body


def test_a_wrong_method_is_told(emulator: BlobServer) -> None:
    assert emulator.send("PATCH", "/films/clip.mov").status == 405


def test_a_wrong_comp_is_told(emulator: BlobServer) -> None:
    answer = emulator.send("GET", "/films/clip.mov", query="comp=nonsense")
    assert answer.status == 400
    assert answer.headers["x-ms-error-code"] == "InvalidQueryParameterValue"


def test_put_blob_asks_for_a_type(emulator: BlobServer) -> None:
    answer = emulator.send("PUT", "/films/clip.mov", body=b"")
    assert answer.headers["x-ms-error-code"] == "MissingRequiredHeader"


@pytest.mark.parametrize(
    ("query", "headers", "limit"),
    [("", UPLOAD, 5000 * MIB), ("comp=block&blockid=MQ%3D%3D", {}, 4000 * MIB)],
    ids=["Put Blob", "Put Block"],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(
    emulator: BlobServer, query: str, headers: dict[str, str], limit: int
) -> None:
    container = emulator.new_container()
    url = urlsplit(emulator.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    path = f"{url.path}/{container.container_name}/clip.mov"
    connection.putrequest("PUT", f"{path}?{query}&{emulator.account_sas()}")
    for name, value in (headers | {"Content-Length": str(limit + 1)}).items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert response.getheader("x-ms-error-code") == "RequestBodyTooLarge"
    connection.close()


def test_a_body_of_unknown_length_is_refused(emulator: BlobServer) -> None:
    container = emulator.new_container()
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("PUT", path, UPLOAD | {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n")
    assert answer.status == 411


def test_an_error_is_told_in_header_and_body(emulator: BlobServer) -> None:
    answer = emulator.send(
        "GET", "/films-that-are-not/clip.mov", {"x-ms-client-request-id": "mine"}
    )
    assert answer.status == 404
    assert answer.headers["x-ms-error-code"] == "ContainerNotFound"
    assert answer.headers["x-ms-client-request-id"] == "mine"
    assert answer.headers["content-type"] == "application/xml"
    assert b"<Code>ContainerNotFound</Code>" in answer.body
    assert answer.headers["x-ms-request-id"].encode() in answer.body
