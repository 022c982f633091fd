from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.errors import UsageError
from batchff.model.limits import JobLimits
from batchff.pipeline.job.limits import check_given_sas, check_limits, check_sas_life

WEEK = timedelta(days=7)
CREATED = datetime(2026, 11, 22, tzinfo=UTC)

durations = st.integers(60, 200 * 86400).map(lambda seconds: timedelta(seconds=seconds))
any_limits = st.builds(
    JobLimits,
    task_timeout=durations,
    retries=st.integers(0, 10),
    queue_time=durations,
    priority=st.integers(-1000, 1000),
)


@given(any_limits)
def test_what_is_refused_is_what_would_outlive_the_longest_sas(limits: JobLimits) -> None:
    fits = limits.sas_expiry(CREATED) - CREATED <= WEEK
    try:
        check_sas_life(limits, WEEK)
    except UsageError as error:
        assert not fits
        assert "valid for at most 6d 23h" in error.message
        for option in ("--queue-time", "--task-timeout", "--retries"):
            assert option in error.hint
    else:
        assert fits
    check_sas_life(limits, None)


@given(any_limits, st.timedeltas(timedelta(), timedelta(days=400)))
def test_a_sas_that_was_given_is_held_to_the_jobs_end(limits: JobLimits, life: timedelta) -> None:
    ends = CREATED + life
    try:
        check_given_sas(ends, limits, CREATED)
    except UsageError as error:
        assert ends < limits.end_of(CREATED)
        assert f"the SAS of its media ends at {ends:%Y-%m-%d %H:%M}Z" in error.message
        assert "make a SAS that is good until then" in error.hint
    else:
        assert ends >= limits.end_of(CREATED)
    check_given_sas(None, limits, CREATED)


def test_the_usual_limits_are_fine_for_every_account() -> None:
    check_limits(JobLimits())
    check_sas_life(JobLimits(), WEEK - timedelta(minutes=15))
    assert JobLimits().worst_case == timedelta(days=5)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (JobLimits(task_timeout=timedelta(seconds=24)), "--task-timeout: 24s is too short"),
        (JobLimits(queue_time=timedelta()), "--queue-time: 0s is too short"),
        (JobLimits(retries=-1), "--retries: -1 isn't from 0 to 10"),
        (JobLimits(retries=11), "--retries: 11 isn't"),
        (JobLimits(priority=-1001), "--priority: -1001 isn't from -1000 to 1000"),
        (
            JobLimits(task_timeout=timedelta(days=100)),
            "the job may take 203d (3d in the queue and 2 × 100d of work), and Azure Batch keeps",
        ),
    ],
)
def test_silly_limits_are_refused_by_name(limits: JobLimits, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_limits(limits)
    assert said in refused.value.message
