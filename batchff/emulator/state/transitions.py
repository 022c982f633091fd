"""The steps that tasks and jobs take from state to state, as pure functions of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from batchff.emulator.state.model import Failure, Job, JobSchedule, Pool, Task
from batchff.emulator.state.states import (
    AllocationState,
    Deallocation,
    JobScheduleState,
    JobState,
    Result,
    TaskState,
)
from batchff.emulator.state.times import SECOND, UNLIMITED, parse_duration

TASK_ENDED = Failure("TaskEnded", "Task Was Ended")
TASK_ENDED_BY_USER = Failure("TaskEnded", "Task Was Ended by User Request")
EXIT_CODE = Failure(
    "FailureExitCode",
    "The task exited with an exit code representing a failure",
)


_EMPTY_JOB_TIME = 60 * SECOND
"""How long the service waits for the first task of a job; how long Azure does isn't documented."""
RESIZE_TIMEOUT = "PT15M"
"""How long a resize may take that doesn't say."""


def pool_resized(
    pool: Pool,
    dedicated: int,
    low_priority: int,
    deallocation: Deallocation,
    now: int,
    timeout: str = RESIZE_TIMEOUT,
) -> Pool:
    """Give a pool new targets, to be reached from now on and within a duration."""
    return replace(
        pool,
        document={**pool.document, "resizeTimeout": timeout},
        target_dedicated=dedicated,
        target_low_priority=low_priority,
        deallocation=deallocation,
        allocation_state=AllocationState.RESIZING,
        allocation_time=now,
        modified=now,
        resize_errors=[],
    )


def resize_deadline(pool: Pool) -> int:
    """Tell until when a pool that is being resized may go on with it."""
    return pool.allocation_time + parse_duration(pool.document["resizeTimeout"])


def _moved(task: Task, state: TaskState, now: int, **changes: Any) -> Task:
    return replace(
        task,
        state=state,
        state_time=now,
        previous_state=task.state,
        previous_state_time=task.state_time,
        **changes,
    )


def task_preparing(task: Task, pool_id: str, node_id: str, now: int) -> Task:
    """Give a task to a node where its job's preparation task must be run first."""
    return _moved(task, TaskState.PREPARING, now, pool=pool_id, node=node_id)


def task_started(task: Task, pool_id: str, node_id: str, now: int) -> Task:
    """Give a task to a node: it runs from the moment its resource files are fetched."""
    return _moved(task, TaskState.RUNNING, now, pool=pool_id, node=node_id, started=now)


def task_retried(task: Task, now: int) -> Task:
    """Start a running task once more, on the same node."""
    return replace(task, started=now, retries=task.retries + 1, last_retry=now)


def task_requeued(task: Task, now: int) -> Task:
    """Make a task active again that was taken off its node."""
    return _moved(
        task,
        TaskState.ACTIVE,
        now,
        pool=None,
        node=None,
        started=None,
        requeues=task.requeues + 1,
        last_requeue=now,
    )


def task_turned_away(task: Task, now: int) -> Task:
    """Make a task active again that its node could not be prepared for."""
    return _moved(task, TaskState.ACTIVE, now, pool=None, node=None, started=None)


def task_completed(task: Task, exit_code: int | None, failure: Failure | None, now: int) -> Task:
    """End a task. Where it ran on a node, its directory is kept for its retentionTime."""
    retention = parse_duration(task.document["constraints"]["retentionTime"])
    expires = min(now + retention, UNLIMITED) if task.node else None
    return _moved(
        task,
        TaskState.COMPLETED,
        now,
        ended=now,
        exit_code=exit_code,
        failure=failure.document() if failure else None,
        result=Result.FAILURE if failure else Result.SUCCESS,
        expires=expires,
    )


def task_reactivated(task: Task, now: int) -> Task:
    """Make a failed task active again, as if it had never been tried."""
    return _moved(
        task,
        TaskState.ACTIVE,
        now,
        modified=now,
        pool=None,
        node=None,
        started=None,
        ended=None,
        exit_code=None,
        result=None,
        failure=None,
        retries=0,
        last_retry=None,
        expires=None,
        satisfied=False,
    )


_PASSING = (
    *(JobState.DISABLING, JobState.ENABLING, JobState.TERMINATING, JobState.DELETING),
    *(JobScheduleState.TERMINATING, JobScheduleState.DELETING),
)
"""States on the way to another; none is ever said to be the previous one."""


def _previous(row: Job | JobSchedule) -> dict[str, Any]:
    if row.state in _PASSING:
        return {}
    return {"previous_state": row.state, "previous_state_time": row.state_time}


def job_moved(
    job: Job, state: JobState, now: int, reason: str | None = None, *, changed: bool = True
) -> Job:
    """Bring a job into a state; a reason once given stays.

    Where the service only ends what was begun, the job isn't `changed`: its ETag stays.
    """
    return replace(
        job,
        state=state,
        state_time=now,
        modified=now if changed else job.modified,
        terminate_reason=job.terminate_reason or reason,
        ended=now if state is JobState.COMPLETED else job.ended,
        **_previous(job),
    )


def schedule_moved(schedule: JobSchedule, state: JobScheduleState, now: int) -> JobSchedule:
    """Bring a schedule into a state; that it was changed is for who asked for it to say."""
    return replace(
        schedule,
        state=state,
        state_time=now,
        ended=now if state is JobScheduleState.COMPLETED else schedule.ended,
        **_previous(schedule),
    )


def empty_job_end(job: Job) -> int:
    """Tell when a job is ended that is to end with its tasks, and has none."""
    return max(job.modified, job.state_time) + _EMPTY_JOB_TIME


def job_deadline(created: int, constraints: dict[str, str]) -> int | None:
    """Tell when a job's maxWallClockTime is over; it counts from the job's creation."""
    limit = parse_duration(constraints["maxWallClockTime"])
    return created + limit if limit < UNLIMITED - created else None
