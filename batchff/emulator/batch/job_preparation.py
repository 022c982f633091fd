"""Jobs' preparation and release tasks: their definitions, and the steps of their rows.

Source: the models JobPreparationTask and JobReleaseTask.
"""

from __future__ import annotations

from dataclasses import replace

from batchff.emulator.batch.errors import BatchError, bad_property
from batchff.emulator.batch.lifecycle import TASK_ENDED
from batchff.emulator.batch.model import (
    Document,
    Failure,
    Preparation,
    Result,
    SideState,
    Standing,
)
from batchff.emulator.batch.times import UNLIMITED, parse_duration


def check_job_tasks(job: Document, place: str = "") -> None:
    """Refuse a job, its defaults filled in, whose own tasks don't go together."""
    preparation, release = job.get("jobPreparationTask"), job.get("jobReleaseTask")
    if release is not None:
        name, release_id = f"{place}jobReleaseTask", release["id"]
        if preparation is None:
            reason = "A job with a job release task must have a job preparation task"
            raise bad_property(name, release_id, reason)
        if preparation["id"].lower() == release_id.lower():
            raise bad_property(f"{name}.id", release_id, "The job preparation task has it")
    if "jobManagerTask" in job:
        check_task_id(job["jobManagerTask"]["id"], job)


def check_task_id(task_id: str, job: Document) -> None:
    """Refuse a task that has the id of its job's preparation or release task."""
    for name, code in (
        ("jobPreparationTask", "TaskIdSameAsJobPreparationTask"),
        ("jobReleaseTask", "TaskIdSameAsJobReleaseTask"),
    ):
        if name in job and job[name]["id"].lower() == task_id.lower():
            raise BatchError(code)


def preparation_begun(row: Preparation, now: int) -> Preparation:
    """Run a preparation task once more on a node where it ran before."""
    return Preparation(row.job, row.pool, row.node, SideState.RUNNING, now, seq=row.seq)


def preparation_retried(row: Preparation, now: int) -> Preparation:
    return replace(row, started=now, retries=row.retries + 1, last_retry=now)


def preparation_ended(
    row: Preparation, task: Document, exit_code: int | None, failure: Failure | None, now: int
) -> Preparation:
    return replace(
        row,
        state=SideState.COMPLETED,
        ended=now,
        exit_code=exit_code,
        result=_result(failure),
        failure=_document(failure),
        expires=_expiry(task["constraints"]["retentionTime"], now),
    )


def preparation_interrupted(row: Preparation, now: int) -> Preparation:
    """End a preparation task that its node or job has stopped: it did not complete."""
    return replace(
        row,
        state=SideState.COMPLETED,
        standing=Standing.VOID,
        ended=now,
        result=Result.FAILURE,
        failure=TASK_ENDED.document(),
    )


def release_begun(row: Preparation, now: int) -> Preparation:
    return replace(row, release_state=SideState.RUNNING, release_started=now)


def release_ended(
    row: Preparation, task: Document, exit_code: int | None, failure: Failure | None, now: int
) -> Preparation:
    return replace(
        row,
        release_state=SideState.COMPLETED,
        release_ended=now,
        release_exit_code=exit_code,
        release_result=_result(failure),
        release_failure=_document(failure),
        release_expires=_expiry(task["retentionTime"], now),
    )


def _result(failure: Failure | None) -> Result:
    return Result.FAILURE if failure else Result.SUCCESS


def _document(failure: Failure | None) -> Document | None:
    return failure.document() if failure else None


def _expiry(retention: str, now: int) -> int:
    return min(now + parse_duration(retention), UNLIMITED)
