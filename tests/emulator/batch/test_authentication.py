from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from azure.core.exceptions import HttpResponseError

from batchff.emulator.batch.routes import OPERATIONS, Operation
from batchff.emulator.root import Account
from tests.emulator.examples import code_of
from tests.emulator.running import Connection, client_of, signature


def _example(operation: Operation) -> str:
    return re.sub(r"{[^}]*}", "x", operation.path)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_no_operation_answers_without_the_key(service: Connection, operation: Operation) -> None:
    path = f"{_example(operation)}?api-version=2025-06-01"

    bare = service.send_unsigned(operation.method, path)
    wrong = service.send(operation.method, _example(operation), key="d3Jvbmc=")

    assert (bare.status, wrong.status) == (403, 403)
    if operation.method != "HEAD":
        assert code_of(bare) == code_of(wrong) == "AuthenticationFailed"


@pytest.mark.parametrize("path", ["/", "/nothing", "/pools/", "/%2e%2e/x", "/pools%0a"])
def test_what_is_no_route_is_refused_too(service: Connection, path: str) -> None:
    for method in ("GET", "POST", "TRACE", "BREW"):
        answer = service.send_unsigned(method, path)
        assert (answer.status, code_of(answer)) == (403, "AuthenticationFailed")


def test_the_sdk_with_the_right_key_gets_in(service: Connection) -> None:
    with service.client() as client:
        assert list(client.list_supported_images())


def test_the_sdk_with_a_wrong_key_does_not(service: Connection) -> None:
    account = Account(service.identity.batch.name, "bm90IHRoZSBrZXk=")
    client = client_of(service.batch_endpoint, account)
    with client, pytest.raises(HttpResponseError, match="authenticate") as error:
        list(client.list_pools())
    assert error.value.status_code == 403


def test_another_accounts_name_does_not(service: Connection) -> None:
    account = Account("someoneelse", service.identity.batch.key)
    with client_of(service.batch_endpoint, account) as client, pytest.raises(HttpResponseError):
        list(client.list_pools())


@pytest.mark.parametrize(
    ("minutes", "status"), [(-16, 403), (-14, 200), (0, 200), (14, 200), (16, 403)]
)
def test_a_request_is_good_for_a_quarter_of_an_hour(
    service: Connection, minutes: int, status: int
) -> None:
    sent = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)

    assert service.send("GET", "/pools", headers={"ocp-date": sent}).status == status


@pytest.mark.parametrize("stamp", ["", "yesterday", "Sun, 99 Nov 2026 00:00:00 GMT"])
def test_a_time_that_is_none_is_refused(service: Connection, stamp: str) -> None:
    assert service.send("GET", "/pools", headers={"ocp-date": stamp}).status == 403


def test_what_was_signed_cannot_be_changed(service: Connection) -> None:
    path = "/pools?api-version=2025-06-01&maxresults=1"
    headers = {"ocp-date": format_datetime(datetime.now(UTC), usegmt=True)}
    headers["Authorization"] = signature("GET", path, headers, service.identity.batch)

    assert service.send_unsigned("GET", path, headers=headers).status == 200
    for method, other in (
        ("GET", path.replace("maxresults=1", "maxresults=2")),
        ("GET", path.replace("/pools", "/jobs")),
        ("POST", path),
        ("GET", path + "&$filter=id%20eq%20'x'"),
    ):
        assert service.send_unsigned(method, other, headers=headers).status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_foreign_host_gets_nothing(service: Connection, host: str) -> None:
    assert service.send("GET", "/pools", headers={"Host": host}).status == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:5"])
def test_a_loopback_host_gets_in(service: Connection, host: str) -> None:
    assert service.send("GET", "/pools", headers={"Host": host}).status == 200


def test_the_key_is_in_no_answer(service: Connection) -> None:
    response = service.send("GET", "/pools", key="d3Jvbmc=")

    assert service.identity.batch.key not in response.data.decode()
