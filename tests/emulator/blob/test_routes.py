"""What the emulator doesn't do, it refuses by name."""

from __future__ import annotations

import pytest

from batchff.emulator.blob.routes import ROUTES, Level, Route
from tests.emulator.blob.servers import BlobServer, blob_path

REFUSED = [route for route in ROUTES if route.operation.run is None]


UPLOAD = {"x-ms-blob-type": "BlockBlob"}


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
        ("PUT", UPLOAD | {"x-ms-tags": "a=b"}, "", "Put Blob with the header x-ms-tags"),
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
