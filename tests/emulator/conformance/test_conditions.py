"""Conditional requests: what an operation is described to take, it obeys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from batchff.emulator.batch.routes import Operation
from tests.emulator.conformance.description import Described, Description
from tests.emulator.conformance.everything import Everything
from tests.emulator.conformance.requests import REQUESTS, SERVED
from tests.emulator.examples import code_of


def _http_time(hours: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)


HOLDING = {
    "If-Match": "*",
    "If-None-Match": "0x0",
    "If-Modified-Since": _http_time(-24),
    "If-Unmodified-Since": _http_time(24),
}
FAILING = {
    "If-Match": "0x0",
    "If-None-Match": "*",
    "If-Modified-Since": _http_time(24),
    "If-Unmodified-Since": _http_time(-24),
}
NOTHING_NEW = {"If-None-Match", "If-Modified-Since"}
"""Those that answer a read with 304."""


def _described(newest: Description, operation: Operation) -> Described:
    return newest.operations[operation.method, operation.path.replace(":path}", "}")]


@pytest.mark.parametrize("operation", SERVED, ids=lambda operation: operation.name)
def test_a_condition_that_fails_stops_the_operation(
    everything: Everything, newest: Description, operation: Operation
) -> None:
    for header in _described(newest, operation).conditions:
        sent = next(REQUESTS[operation.name](everything))
        answer = everything.service.send(
            operation.method, sent.path, sent.body, headers={header: FAILING[header]}
        )
        reading = operation.method in ("GET", "HEAD")
        expected = 304 if reading and header in NOTHING_NEW else 412
        assert answer.status == expected, header
        if operation.method != "HEAD" and expected == 412:
            assert code_of(answer) == "ConditionNotMet"


@pytest.mark.parametrize("operation", SERVED, ids=lambda operation: operation.name)
def test_conditions_that_hold_let_it_pass(
    everything: Everything, newest: Description, operation: Operation
) -> None:
    described = _described(newest, operation)
    sent = next(REQUESTS[operation.name](everything))
    headers = {header: HOLDING[header] for header in described.conditions}

    answer = everything.service.send(operation.method, sent.path, sent.body, headers=headers)

    assert answer.status == described.status, answer.data


@pytest.mark.parametrize(
    "path", [f"/pools/{Everything.empty_pool}", f"/jobs/{Everything.job}/tasks/done"]
)
def test_an_etag_is_as_good_with_its_quotes_as_without(everything: Everything, path: str) -> None:
    etag = everything.must("GET", path).headers["ETag"]

    for written in (etag, f'"{etag}"', f'"0x0", "{etag}"'):
        assert everything.service.send("GET", path, headers={"If-Match": written}).status == 200
        assert (
            everything.service.send("GET", path, headers={"If-None-Match": written}).status == 304
        )


@pytest.mark.parametrize("header", ["If-Modified-Since", "If-Unmodified-Since"])
def test_a_time_that_is_none_is_no_condition(everything: Everything, header: str) -> None:
    answer = everything.service.send(
        "GET", f"/pools/{everything.pool}", headers={header: "yesterday"}
    )

    assert (answer.status, code_of(answer)) == (400, "InvalidHeaderValue")
