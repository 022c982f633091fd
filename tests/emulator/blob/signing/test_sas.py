from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    BlobClient,
    BlobSasPermissions,
    ContainerSasPermissions,
    ResourceTypes,
    Services,
    generate_blob_sas,
    generate_container_sas,
)

from batchff.emulator.blob.routes import ROUTES, Level, Route
from tests.emulator.blob.servers import BlobServer, blob_path, error_code

HOUR = timedelta(hours=1)


PATHS = {Level.SERVICE: "/", Level.CONTAINER: "/films", Level.BLOB: "/films/clip.mov"}


def now() -> datetime:
    return datetime.now(UTC)


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


@pytest.mark.parametrize("sas", ["sig=", "sig=AAAA&sv=2021-12-02&sr=c&sp=racwdl&se=2099-01-01"])
def test_a_made_up_sas_is_forbidden_on_every_route(emulator: BlobServer, sas: str) -> None:
    for method, path, query, headers in requests_of_all_routes():
        answer = emulator.send(method, path, headers, b"", query=query, sas=sas)
        assert answer.status == 403, (method, path, query)


# What a blob's or container's SAS lets do, letter by letter.
ACTIONS: dict[str, tuple[str, Callable[[BlobClient], object]]] = {
    "Get Blob": ("r", lambda blob: blob.download_blob().readall()),
    "Get Blob Properties": ("r", lambda blob: blob.get_blob_properties()),
    "Get Block List": ("r", lambda blob: blob.get_block_list("all")),
    "Put Blob": ("w", lambda blob: blob.upload_blob(b"new", overwrite=True)),
    "Put Block": ("w", lambda blob: blob.stage_block("1", b"new")),
    "Put Block List": ("w", lambda blob: blob.commit_block_list([])),
    "Set Blob Metadata": ("w", lambda blob: blob.set_blob_metadata({"a": "b"})),
    "Set Blob Properties": ("w", lambda blob: blob.set_http_headers()),
    "Delete Blob": ("d", lambda blob: blob.delete_blob()),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("kind", ["blob", "container", "account"])
def test_a_sas_permits_what_its_letters_say(
    blob_server: BlobServer, kind: str, action: str
) -> None:
    letter, act = ACTIONS[action]
    container = blob_server.new_container()
    container.upload_blob("clip.mov", b"content")
    for permissions in ("r", "w", "d"):
        sas = sas_of(blob_server, kind, container.container_name, permissions)
        blob = blob_server.with_sas(sas).get_blob_client(container.container_name, "clip.mov")
        if permissions == letter:
            act(blob)
            break
        with pytest.raises(HttpResponseError) as failure:
            act(blob)
        assert error_code(failure.value) == "AuthorizationPermissionMismatch"


def sas_of(server: BlobServer, kind: str, container: str, permissions: str) -> str:
    if kind == "account":
        return server.account_sas(permissions)
    if kind == "blob":
        return generate_blob_sas(
            server.account,
            container,
            "clip.mov",
            account_key=server.key,
            permission=BlobSasPermissions.from_string(permissions),
            expiry=now() + HOUR,
        )
    return generate_container_sas(
        server.account,
        container,
        server.key,
        permission=ContainerSasPermissions.from_string(permissions),
        expiry=now() + HOUR,
    )


def test_a_container_sas_lists_only_with_l(blob_server: BlobServer) -> None:
    name = blob_server.new_container().container_name
    lister = blob_server.with_sas(sas_of(blob_server, "container", name, "l"))
    assert list(lister.get_container_client(name).list_blob_names()) == []
    reader = blob_server.with_sas(sas_of(blob_server, "container", name, "r"))
    with pytest.raises(HttpResponseError) as failure:
        list(reader.get_container_client(name).list_blob_names())
    assert failure.value.status_code == 403


@pytest.mark.parametrize("kind", ["blob", "container"])
def test_a_service_sas_makes_no_containers(blob_server: BlobServer, kind: str) -> None:
    name = blob_server.new_container().container_name
    client = blob_server.with_sas(sas_of(blob_server, kind, name, "rwdc"))
    with pytest.raises(HttpResponseError) as failure:
        client.get_container_client(name).delete_container()
    assert failure.value.status_code == 403


@pytest.mark.parametrize("kind", ["blob", "container"])
def test_a_service_sas_is_for_its_own_resource(blob_server: BlobServer, kind: str) -> None:
    own, other = (blob_server.new_container() for _ in range(2))
    other.upload_blob("clip.mov", b"content")
    own.upload_blob("other.mov", b"content")
    client = blob_server.with_sas(sas_of(blob_server, kind, own.container_name, "r"))
    foreign = [(other.container_name, "clip.mov")]
    if kind == "blob":
        foreign.append((own.container_name, "other.mov"))
    for container, blob in foreign:
        with pytest.raises(HttpResponseError) as failure:
            client.get_blob_client(container, blob).download_blob()
        assert failure.value.status_code == 403


def test_create_makes_blobs_but_replaces_none(blob_server: BlobServer) -> None:
    container = blob_server.new_container()
    client = blob_server.with_sas(sas_of(blob_server, "container", container.container_name, "c"))
    blob = client.get_blob_client(container.container_name, "clip.mov")
    blob.upload_blob(b"first")
    with pytest.raises(HttpResponseError) as failure:
        blob.upload_blob(b"second", overwrite=True)
    assert failure.value.status_code == 403
    assert container.download_blob("clip.mov").readall() == b"first"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"expiry": datetime(2020, 1, 1, tzinfo=UTC)}, "AuthenticationFailed"),
        ({"start": now() + HOUR, "expiry": now() + 2 * HOUR}, "AuthenticationFailed"),
        ({"resource_types": ResourceTypes(container=True)}, "AuthorizationResourceTypeMismatch"),
        ({"services": Services(queue=True)}, "AuthorizationServiceMismatch"),
        ({"protocol": "https"}, "AuthorizationProtocolMismatch"),
        ({"ip": "10.1.2.3"}, "AuthorizationSourceIPMismatch"),
        ({"ip": "10.0.0.1-10.0.0.9"}, "AuthorizationSourceIPMismatch"),
    ],
    ids=["expired", "early", "resource type", "service", "protocol", "address", "addresses"],
)
def test_a_sas_holds_only_within_its_limits(
    emulator: BlobServer, options: dict[str, object], code: str
) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", b"content")
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("GET", path, sas=emulator.account_sas("r", **options))
    assert answer.status == 403
    assert answer.headers["x-ms-error-code"] == code


@pytest.mark.parametrize(
    "options",
    [
        {"start": now() - HOUR},
        {"protocol": "https,http"},
        {"ip": "127.0.0.1"},
        {"ip": "127.0.0.0-127.0.0.9"},
    ],
    ids=["start", "protocol", "address", "addresses"],
)
def test_a_sas_holds_within_its_limits(emulator: BlobServer, options: dict[str, object]) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", b"content")
    path = blob_path(container.container_name, "clip.mov")
    answer = emulator.send("GET", path, sas=emulator.account_sas("r", **options))
    assert (answer.status, answer.body) == (200, b"content")


@pytest.mark.parametrize(("old", "new"), [("sp=r", "sp=rw"), ("sv=20", "sv=19"), ("se=2", "se=3")])
def test_a_sas_that_was_changed_is_forbidden(emulator: BlobServer, old: str, new: str) -> None:
    name = emulator.new_container().container_name
    sas = sas_of(emulator, "container", name, "r")
    answer = emulator.send("GET", f"/{name}/clip.mov", sas=sas.replace(old, new, 1))
    assert answer.headers["x-ms-error-code"] == "AuthenticationFailed"


def test_a_stored_access_policy_is_refused_by_name(emulator: BlobServer) -> None:
    name = emulator.new_container().container_name
    sas = generate_container_sas(emulator.account, name, emulator.key, policy_id="policy")
    answer = emulator.send("GET", f"/{name}/clip.mov", sas=sas)
    assert answer.status == 501
    assert b"stored access policies" in answer.body


def test_a_sas_can_say_how_its_blob_is_shown(emulator: BlobServer) -> None:
    container = emulator.new_container()
    container.upload_blob("clip.mov", b"content")
    sas = generate_blob_sas(
        emulator.account,
        container.container_name,
        "clip.mov",
        account_key=emulator.key,
        permission=BlobSasPermissions(read=True),
        expiry=now() + HOUR,
        content_disposition="attachment; filename=x.mov",
        content_type="video/quicktime",
    )
    answer = emulator.send("GET", blob_path(container.container_name, "clip.mov"), sas=sas)
    assert answer.headers["content-disposition"] == "attachment; filename=x.mov"
    assert answer.headers["content-type"] == "video/quicktime"
