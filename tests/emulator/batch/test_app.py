"""What the SDK hides: statuses, headers, bodies, versions, conditions."""

from __future__ import annotations

from azure.batch import BatchClient

from tests.emulator.examples import code_of, job, pool_document, values_of
from tests.emulator.running import Connection


def test_every_answer_has_the_headers_of_the_services(service: Connection) -> None:
    for answer in (service.send("GET", "/pools"), service.send("GET", "/pools/nobody")):
        assert answer.headers["Server"] == "Microsoft-HTTPAPI/2.0"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_field_without_effect_is_refused_by_a_strict_emulator(
    strict_service: Connection,
) -> None:
    body = pool_document("x", networkConfiguration={"subnetId": "x"})

    response = strict_service.send("POST", "/pools", body)

    assert response.status == 501
    assert values_of(response) == {
        "PropertyName": "networkConfiguration",
        "Operation": "CreatePool",
    }


def test_what_is_no_route_and_no_verb(service: Connection) -> None:
    nowhere = service.send("GET", "/nothing")
    slash = service.send("GET", "/pools/")
    verb = service.send("PUT", "/pools")

    assert (nowhere.status, code_of(nowhere)) == (400, "InvalidUri")
    assert (slash.status, code_of(slash)) == (400, "InvalidUri")
    assert (verb.status, code_of(verb)) == (405, "UnsupportedHttpVerb")


def test_the_clients_request_id_comes_back_only_when_wanted(service: Connection) -> None:
    headers = {"client-request-id": "abc"}

    silent = service.send("GET", "/pools", headers=headers)
    asked = service.send("GET", "/nothing", headers={**headers, "return-client-request-id": "true"})

    assert "client-request-id" not in silent.headers
    assert asked.headers["client-request-id"] == "abc"


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
