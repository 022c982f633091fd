from __future__ import annotations

import pytest

from tests.emulator.examples import code_of, pool_document, values_of
from tests.emulator.running import Connection

_MISSING = [{"applicationId": "does-not-exist"}]
_SUBNET = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/subnets/s"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/pools"), ("PATCH", "/pools/{}"), ("POST", "/pools/{}/updateproperties")],
)
def test_an_application_that_is_not_there_is_named(
    service: Connection, empty_pool: str, name: str, method: str, path: str
) -> None:
    body = {"applicationPackageReferences": _MISSING, "metadata": []}
    if path == "/pools":
        body = pool_document(name, **body)

    answer = service.send(method, path.format(empty_pool), body)

    assert (answer.status, code_of(answer)) == (409, "InvalidApplicationPackageReferences")
    assert values_of(answer) == {
        "does-not-exist": "The specified application package does not exist."
    }


def test_a_task_may_name_one_and_fails_then(service: Connection, job: str) -> None:
    body = {"id": "t", "commandLine": "true", "applicationPackageReferences": _MISSING}

    answer = service.send("POST", f"/jobs/{job}/tasks", body)

    assert answer.status == 201


def test_a_certificate_that_is_not_there_is_named(service: Connection, name: str) -> None:
    reference = {"thumbprint": "0123abcd", "thumbprintAlgorithm": "sha1"}
    body = pool_document(name, certificateReferences=[reference])

    answer = service.send("POST", "/pools", body, version="2024-02-01.19.0")

    assert (answer.status, code_of(answer)) == (409, "InvalidCertificateReferences")
    assert list(values_of(answer)) == ["0123abcd"]


def test_a_subnet_is_somebody_elses(service: Connection, empty_pool: str, name: str) -> None:
    network = {"networkConfiguration": {"subnetId": _SUBNET}}
    job = {"id": name, "poolInfo": {"poolId": empty_pool}, **network}

    for path, body in (("/pools", pool_document(name, **network)), ("/jobs", job)):
        answer = service.send("POST", path, body)
        assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")
        assert values_of(answer)["PropertyName"] == "subnetId"
        assert "different subscription" in values_of(answer)["Reason"]
