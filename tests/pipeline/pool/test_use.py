from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchff.model.jobs import JobStatus
from batchff.model.states import JobState
from batchff.pipeline.pool.use import jobs_on, pool_is_free


def job(name: str, state: str, pool: str = "Pool") -> JobStatus:
    return JobStatus(name, state, pool, {}, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("state", "uses"),
    [
        (JobState.ACTIVE, True),
        (JobState.DISABLED, True),
        (JobState.TERMINATING, True),
        (JobState.COMPLETED, False),
        (JobState.DELETING, False),
    ],
)
def test_a_job_uses_its_pool_until_it_has_ended(state: str, uses: bool) -> None:
    tour = job("tour", state)
    assert jobs_on("pool", [tour, job("other", state, "elsewhere")]) == (tour,) * uses
    assert pool_is_free("POOL", [tour]) is not uses


def test_a_pool_is_free_but_for_the_jobs_that_are_going() -> None:
    jobs = [job("one", JobState.ACTIVE), job("two", JobState.ACTIVE)]
    assert not pool_is_free("pool", jobs, but_for=["one"])
    assert pool_is_free("pool", jobs, but_for=["one", "two"])
    assert pool_is_free("pool", [])
