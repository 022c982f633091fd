"""Who may send a request, and who gets 403."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.storage.blob import (
    BlobServiceClient,
)

from batchff.emulator.blob.routes import ROUTES, Level, Route
from tests.emulator.blob.servers import BlobServer, blob_path, running_emulator

PATHS = {Level.SERVICE: "/", Level.CONTAINER: "/films", Level.BLOB: "/films/clip.mov"}


def now() -> datetime:
    return datetime.now(UTC)


def later(minutes: int) -> datetime:
    return now() + timedelta(minutes=minutes)


def requests_of_all_routes() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """A request of the shape of each route, and some that no route has."""
    for route in ROUTES:
        yield route.method, PATHS[route.level], query_of(route), dict(route.having)
    for method in ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        for path in ("", "/", "/films", "/films/clip.mov", "/films/%FF", "/%00"):
            yield method, path, "", {}


def query_of(route: Route) -> str:
    parts = {"restype": route.restype, "comp": route.comp}
    return "&".join(f"{name}={value}" for name, value in parts.items() if value)


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "SharedKey"},
        {"Authorization": "SharedKey batchfflocal:AAAA"},
        {"Authorization": "SharedKeyLite batchfflocal:AAAA"},
        {"Authorization": "Bearer eyJ0eXAi"},
    ],
    ids=str,
)
def test_without_the_key_every_route_is_forbidden(
    emulator: BlobServer, credentials: dict[str, str]
) -> None:
    for method, path, query, headers in requests_of_all_routes():
        answer = emulator.send(method, path, headers | credentials, b"", query=query, sas="")
        assert answer.status == 403, (method, path, query)
        assert answer.headers["x-ms-error-code"] == "AuthenticationFailed"


def test_a_path_of_another_account_is_forbidden(emulator: BlobServer) -> None:
    client = BlobServiceClient(
        emulator.url.replace(emulator.account, "other"),
        credential={"account_name": emulator.account, "account_key": emulator.key},
        retry_total=0,
    )
    with pytest.raises(ClientAuthenticationError):
        client.create_container("films")


def test_nothing_is_written_for_a_request_without_the_key(emulator: BlobServer) -> None:
    container = emulator.new_container()
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("PUT", path, {"x-ms-blob-type": "BlockBlob"}, b"x" * 300_000, sas="")
    assert answer.status == 403
    assert list(container.list_blob_names()) == []


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_request_from_another_time_is_forbidden(tmp_path: Path, minutes: int) -> None:
    clock = partial(later, minutes)
    with (
        running_emulator(tmp_path / "root", clock) as server,
        pytest.raises(ClientAuthenticationError),
    ):
        server.client().create_container("films")


@pytest.mark.parametrize("minutes", [-14, 14])
def test_clocks_may_differ_by_less_than_15_minutes(tmp_path: Path, minutes: int) -> None:
    with running_emulator(tmp_path / "root", partial(later, minutes)) as server:
        server.client().create_container("films")
