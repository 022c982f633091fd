"""The table, and what answers say of when to come back."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from batchff.cloud.http.retry_policies import BATCH, PASSING, TABLE, RetryPolicy, retry_after

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
_ANSWERED = {what: policy for what, policy in TABLE.items() if policy.statuses}


@pytest.mark.parametrize("policy", _ANSWERED.values(), ids=_ANSWERED.keys())
def test_all_services_are_waited_for_alike(policy: RetryPolicy) -> None:
    assert all(policy.tries_again(status) for status in PASSING)
    assert {408, 429, 503} < PASSING
    assert not any(policy.tries_again(status) for status in (200, 202, 400, 401, 403, 409, 412))
    assert policy.patience >= 300


@pytest.mark.parametrize("policy", TABLE.values(), ids=TABLE.keys())
def test_pauses_grow_up_to_a_limit_that_leaves_several_attempts(policy: RetryPolicy) -> None:
    shortest = [policy.first * (1 - policy.jitter), policy.first * (1 + policy.jitter)]
    assert shortest[0] <= policy.pause(0) <= shortest[1]
    for number in range(100):
        assert policy.pause(number) <= policy.longest * (1 + policy.jitter)
    assert policy.patience / policy.longest >= 10


def test_a_services_own_code_can_outweigh_the_status() -> None:
    assert BATCH.tries_again(503, "ServerBusy")
    assert not BATCH.tries_again(503, "TooManyEnableAutoScaleRequests")
    assert TABLE["a token"].tries_again(400, "temporarily_unavailable")
    assert not TABLE["a token"].tries_again(400, "invalid_grant")
    assert TABLE["a token of the machine's identity"].tries_again(410)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"retry-after": "20"}, 20),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": format_datetime(NOW.replace(minute=2), usegmt=True)}, 120),
        ({"retry-after": "Mon, 30 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after-ms": "2500"}, 2.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"retry-after": "3", "retry-after-ms": "2500"}, 3),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "inf"}, 0),
        ({"retry-after-ms": "nan"}, 0),
        ({"retry-after": "Mon, 30 Nov 99999 11:00:00 GMT"}, 0),
    ],
)
def test_a_service_says_when_to_come_back(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW.timestamp()) == seconds
