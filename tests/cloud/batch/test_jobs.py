from __future__ import annotations

from datetime import timedelta

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.errors import ServiceError
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus
from batchff.model.states import JOB_ENDED, JobState
from tests.emulator.examples import task
from tests.emulator.running import wait_until
from tests.foreign import make_job

LIMIT = timedelta(hours=5)


def made(job: str, batch: Batch, **facts: int) -> JobStatus:
    metadata = JobFacts(**facts).metadata() if facts else {}  # type: ignore[arg-type]
    assert batch.jobs.create(job, "pool", max_wall_clock=LIMIT, metadata=metadata, priority=5)
    return status(job, batch)


def status(job: str, batch: Batch) -> JobStatus:
    found = batch.jobs.get(job)
    assert found is not None
    return found


def test_a_job_is_made_once_as_it_was_asked_for(batch: Batch) -> None:
    job = made("jobs-once", batch, files=3)
    assert (job.state, job.pool_id, job.priority) == (JobState.ACTIVE, "pool", 5)
    assert (job.max_wall_clock, job.uses_dependencies, job.ends_after_tasks) == (
        LIMIT,
        False,
        False,
    )
    assert job.batchff == JobFacts(files=3)
    assert not batch.jobs.create("jobs-once", "other", max_wall_clock=LIMIT, metadata={})
    assert status("JOBS-once", batch).pool_id == "pool"


def test_jobs_of_others_are_listed_beside_ours(service: BatchClient, batch: Batch) -> None:
    made("jobs-ours", batch, files=1)
    make_job(service, "jobs-theirs", "pool", "true")
    listed = {job.id: job.batchff is not None for job in batch.jobs.all()}
    assert listed == {"jobs-ours": True, "jobs-theirs": False}
    assert batch.jobs.get("jobs-gone") is None


def test_a_job_ends_by_itself_once_it_may_and_may_be_told_so_again(
    service: BatchClient, batch: Batch
) -> None:
    made("jobs-sealed", batch)
    service.create_task("jobs-sealed", task("only"))
    service.terminate_task("jobs-sealed", "only")
    batch.jobs.end_after_tasks("jobs-sealed")
    wait_until(lambda: status("jobs-sealed", batch).state == JobState.COMPLETED)
    batch.jobs.end_after_tasks("jobs-sealed")
    assert status("jobs-sealed", batch).termination_reason == "AllTasksComplete"


def test_a_job_is_ended_with_a_reason_and_may_be_again(batch: Batch) -> None:
    made("jobs-ended", batch)
    batch.jobs.terminate("jobs-ended", "BatchffStop")
    wait_until(lambda: status("jobs-ended", batch).state == JobState.COMPLETED)
    batch.jobs.terminate("jobs-ended", "another")
    assert status("jobs-ended", batch).termination_reason == "BatchffStop"
    assert status("jobs-ended", batch).ended is not None


def test_a_job_is_deleted_if_it_is_still_the_one_that_was_seen(batch: Batch) -> None:
    seen = made("jobs-deleted", batch)
    batch.jobs.end_after_tasks("jobs-deleted")
    with pytest.raises(ServiceError) as raised:
        batch.jobs.delete("jobs-deleted", etag=seen.etag)
    assert raised.value.code == "ConditionNotMet"
    batch.jobs.delete("jobs-deleted", etag=status("jobs-deleted", batch).etag)
    batch.jobs.delete("jobs-deleted")
    left = batch.jobs.get("jobs-deleted")
    assert left is None or left.state in JOB_ENDED
    batch.jobs.delete("never-made")


def test_what_is_known_of_a_job_can_change(batch: Batch) -> None:
    made("jobs-changed", batch, files=3)
    batch.jobs.set_metadata("jobs-changed", JobFacts(files=2, not_encoded=1).metadata())
    changed = status("jobs-changed", batch)
    assert changed.batchff == JobFacts(files=2, not_encoded=1)
    assert (changed.pool_id, changed.priority) == ("pool", 5)


def test_jobs_are_listed_by_the_beginning_of_their_ids(batch: Batch) -> None:
    for job in ("begin-a", "begin-b", "other-begin"):
        made(job, batch, files=1)
    found = {job.id: job.batchff for job in batch.jobs.beginning("begin-")}
    assert found == {"begin-a": JobFacts(files=1), "begin-b": JobFacts(files=1)}
