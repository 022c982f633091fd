from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from batchff.model.limits import JobLimits

CREATED = datetime(2026, 11, 22, tzinfo=UTC)

durations = st.integers(60, 200 * 86400).map(lambda seconds: timedelta(seconds=seconds))
any_limits = st.builds(
    JobLimits,
    task_timeout=durations,
    retries=st.integers(0, 10),
    queue_time=durations,
    priority=st.integers(-1000, 1000),
)


@given(any_limits, st.data())
def test_no_task_outlives_its_job_and_no_job_its_sas(
    limits: JobLimits, data: st.DataObject
) -> None:
    start = CREATED + data.draw(st.timedeltas(timedelta(), limits.queue_time))
    for _attempt in range(limits.retries + 1):
        start += data.draw(st.timedeltas(timedelta(), limits.task_timeout))
    assert start <= limits.end_of(CREATED) < limits.sas_expiry(CREATED)
