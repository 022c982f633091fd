from __future__ import annotations

from datetime import UTC, datetime, timedelta

from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus, TaskCounts
from batchff.model.states import JobState
from batchff.pipeline.job.retries import (
    first_job_of,
    first_of_family,
    how_to_continue,
    later_retries,
    next_retry_name,
    tasks_lacking,
    tasks_to_add,
    with_retries,
)

START = datetime(2026, 11, 23, tzinfo=UTC)


def job(
    name: str,
    day: int = 0,
    *,
    first: str = "",
    state: str = JobState.ACTIVE,
    tasks: int = 0,
    sealed: bool = False,
) -> JobStatus:
    facts = JobFacts(first_job=first, tasks=tasks)
    created = START + timedelta(days=day)
    return JobStatus(name, state, "p", {}, created, ends_after_tasks=sealed, batchff=facts)


THEIRS = JobStatus("nightly", JobState.ACTIVE, "p", {}, START)
TOUR = job("tour", 1)
RETRIES = (job("tour-retry", 2, first="tour"), job("tour-retry-2", 3, first="tour"))
ALL = (RETRIES[1], job("other", 2), TOUR, THEIRS, RETRIES[0])


def test_a_jobs_retries_follow_it_in_the_order_they_were_made() -> None:
    assert with_retries("tour", ALL) == [TOUR, *RETRIES]
    assert with_retries("nightly", ALL) == []
    assert [first_job_of(each) for each in (TOUR, *RETRIES, THEIRS)] == [*["tour"] * 3, "nightly"]


def test_jobs_are_a_family_where_one_is_there_and_all_others_retry_it() -> None:
    assert first_of_family((RETRIES[1], TOUR, RETRIES[0])) == TOUR
    assert first_of_family((TOUR,)) == TOUR
    assert first_of_family(RETRIES) is None
    assert first_of_family(ALL) is None
    assert first_of_family(()) is None


def test_later_retries_are_those_made_since_and_not_on_their_way_out() -> None:
    assert later_retries(TOUR, ALL) == list(RETRIES)
    assert later_retries(RETRIES[0], ALL) == [RETRIES[1]]
    assert later_retries(RETRIES[1], ALL) == []
    going = job("tour-retry-3", 4, first="tour", state=JobState.DELETING)
    assert later_retries(RETRIES[1], (*ALL, going)) == []


def test_planned_tasks_that_a_job_lacks_are_to_be_added_until_it_is_sealed() -> None:
    counts = TaskCounts(active=1, running=1, succeeded=1, failed=0)
    assert tasks_lacking(job("a", tasks=5), counts) == tasks_to_add(job("a", tasks=5), counts) == 2
    sealed = job("a", tasks=5, sealed=True)
    assert (tasks_lacking(sealed, counts), tasks_to_add(sealed, counts)) == (2, 0)
    assert tasks_lacking(job("a", tasks=2), counts) == tasks_lacking(THEIRS, counts) == 0


def test_how_a_job_that_lacks_tasks_goes_on_depends_on_what_it_is() -> None:
    assert how_to_continue(TOUR) == "if its submit was interrupted, the same command continues it"
    assert how_to_continue(RETRIES[1]).endswith("batchff job retry tour")
    done = job("tour", state=JobState.COMPLETED)
    assert how_to_continue(done) == "it ended without them: submit their files as another job"


def test_the_next_retry_has_the_first_free_name_whatever_its_case() -> None:
    assert next_retry_name("tour", [TOUR]) == "tour-retry"
    assert next_retry_name("tour", [TOUR, job("Tour-Retry")]) == "tour-retry-2"
    assert next_retry_name("tour", [TOUR, RETRIES[1]]) == "tour-retry"
