"""What the SDK hides: statuses, headers, bodies, versions, conditions."""

from __future__ import annotations

import re

import pytest
from azure.batch import BatchClient

from batchff.emulator.batch.protocol.versions import API_VERSIONS
from batchff.emulator.batch.routes import OPERATIONS, Operation
from tests.emulator.examples import code_of, job, pool_document, values_of
from tests.emulator.running import Connection

ETAG = re.compile(r"0x[0-9A-F]{15}")


REFUSED = [operation for operation in OPERATIONS if operation.handler is None]


def test_all_operations_of_the_newest_version_are_in_the_table() -> None:
    assert len(OPERATIONS) == 72
    assert len({operation.name for operation in OPERATIONS}) == 72
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == 72


@pytest.mark.parametrize("operation", REFUSED, ids=lambda operation: operation.name)
def test_what_is_not_supported_answers_with_its_name(
    service: Connection, operation: Operation
) -> None:
    path = re.sub(r"{[^}]*}", "x", operation.path)

    response = service.send(operation.method, path)

    assert response.status == 501
    if operation.method != "HEAD":
        assert (code_of(response), values_of(response)["Operation"]) == (
            "NotImplemented",
            operation.name,
        )


def test_a_field_that_is_not_supported_is_named_with_its_operation(service: Connection) -> None:
    body = pool_document("x", networkConfiguration={"subnetId": "x"})

    response = service.send("POST", "/pools", body)

    assert response.status == 501
    assert values_of(response) == {
        "PropertyName": "networkConfiguration",
        "Operation": "CreatePool",
    }


@pytest.mark.parametrize("version", API_VERSIONS)
def test_the_versions_that_are_answered(service: Connection, version: str) -> None:
    assert service.send("GET", "/pools", version=version).status == 200


@pytest.mark.parametrize("version", ["2017-01-01.4.0", "2099-01-01", "x"])
def test_another_version_is_refused(service: Connection, version: str) -> None:
    response = service.send("GET", "/pools", version=version)

    assert (response.status, code_of(response)) == (400, "UnsupportedRequestVersion")


def test_a_version_is_required_and_its_name_has_no_case(service: Connection) -> None:
    missing = service.send("GET", "/pools", version=None)
    upper = service.send("GET", "/pools?API-Version=2025-06-01", version=None)

    assert (missing.status, code_of(missing)) == (400, "MissingRequiredQueryParameter")
    assert upper.status == 200


def test_what_is_no_route_and_no_verb(service: Connection) -> None:
    nowhere = service.send("GET", "/nothing")
    slash = service.send("GET", "/pools/")
    verb = service.send("PUT", "/pools")

    assert (nowhere.status, code_of(nowhere)) == (400, "InvalidUri")
    assert (slash.status, code_of(slash)) == (400, "InvalidUri")
    assert (verb.status, code_of(verb)) == (405, "UnsupportedHttpVerb")


def test_an_error_has_the_services_form(service: Connection) -> None:
    response = service.send("GET", "/pools/nobody")

    body = response.json()
    assert response.status == 404
    assert response.headers["Content-Type"] == "application/json;odata=minimalmetadata"
    assert body["odata.metadata"].startswith(f"{service.batch_endpoint}/$metadata#")
    assert body["code"] == "PoolNotFound"
    assert body["message"]["lang"] == "en-US"
    text, request_id, time = body["message"]["value"].split("\n")
    assert text == "The specified pool does not exist."
    assert request_id == f"RequestId:{response.headers['request-id']}"
    assert re.fullmatch(r"Time:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", time)


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


def test_the_clients_request_id_comes_back_only_when_wanted(service: Connection) -> None:
    headers = {"client-request-id": "abc"}

    silent = service.send("GET", "/pools", headers=headers)
    asked = service.send("GET", "/nothing", headers={**headers, "return-client-request-id": "true"})

    assert "client-request-id" not in silent.headers
    assert asked.headers["client-request-id"] == "abc"


@pytest.mark.parametrize("body", [b"{", b"[]", b"nul", b"\xff", b"[" * 100_000, b'{"id": NaN}'])
def test_a_body_that_is_no_object_is_refused(service: Connection, body: bytes) -> None:
    response = service.send("POST", "/pools", body)

    assert response.status == 400
    assert code_of(response) in ("InvalidRequestBody", "InvalidPropertyValue")


def test_a_body_over_a_mebibyte_is_refused(service: Connection) -> None:
    response = service.send("POST", "/pools", pool_document("x", displayName="x" * (1 << 20)))

    assert (response.status, code_of(response)) == (413, "RequestBodyTooLarge")


def test_ids_keep_their_case_and_are_found_without_it(
    service: Connection, client: BatchClient, empty_pool: str, name: str
) -> None:
    client.create_job(job(name.upper(), empty_pool))

    assert client.get_job(name.lower()).id == name.upper()
    again = service.send("POST", "/jobs", {"id": name.lower(), "poolInfo": {"poolId": empty_pool}})
    assert (again.status, code_of(again)) == (409, "JobExists")


@pytest.mark.parametrize("path", ["/pools", "/jobs"])
def test_statistics_are_refused_by_name(service: Connection, path: str) -> None:
    response = service.send("GET", f"{path}?$expand=stats")

    assert response.status == 501
    assert values_of(response)["QueryParameterName"] == "$expand"
    assert service.send("GET", f"{path}?$expand=other").status == 400


def test_a_request_that_names_another_scheme_is_told_the_same_urls(
    service: Connection, empty_pool: str
) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    told = service.send("GET", f"/pools/{empty_pool}", headers=headers).json()

    assert told["url"] == f"{service.batch_endpoint}/pools/{empty_pool}"
