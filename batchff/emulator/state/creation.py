"""Making pools, jobs, schedules and tasks of checked requests, a client's or a schedule's."""

from __future__ import annotations

import re

from batchff.emulator.state.defaults import complete_job_schedule, complete_pool
from batchff.emulator.state.model import Document, Job, JobSchedule, Pool, Task
from batchff.emulator.state.recurrence import recurrence_of
from batchff.emulator.state.states import AllocationState, JobScheduleState, PoolState, TaskState

_NUMBER = re.compile(r"-?\d+", re.ASCII)
_LARGEST = 2**31
_TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes")


def new_pool(body: Document, now: int) -> Pool:
    """Make the row of a pool that a checked request asks for."""
    document = complete_pool(body)
    return Pool(
        key=body["id"].lower(),
        id=body["id"],
        document={name: value for name, value in document.items() if name not in _TARGETS},
        state=PoolState.ACTIVE,
        state_time=now,
        allocation_state=AllocationState.RESIZING,
        allocation_time=now,
        created=now,
        modified=now,
        target_dedicated=body.get("targetDedicatedNodes", 0),
        target_low_priority=body.get("targetLowPriorityNodes", 0),
        autoscale_due=now if body.get("enableAutoScale") else None,
    )


def new_task(job: Job, document: Document, now: int) -> Task:
    """Make a task of a document that is complete."""
    return Task(
        job=job.seq,
        key=document["id"].lower(),
        id=document["id"],
        document=document,
        state=TaskState.ACTIVE,
        state_time=now,
        created=now,
        modified=now,
        required_slots=document["requiredSlots"],
        number=number_of(document["id"]),
    )


def new_job_schedule(body: Document, now: int) -> JobSchedule:
    """Make the row of a job schedule that a checked request asks for."""
    document = complete_job_schedule(body)
    return JobSchedule(
        key=body["id"].lower(),
        id=body["id"],
        document=document,
        state=JobScheduleState.ACTIVE,
        state_time=now,
        created=now,
        modified=now,
        next_run=recurrence_of(document["schedule"], now).first,
    )


def lives_with_schedule(specification: Document) -> bool:
    """Tell whether an AutoPoolSpecification's pool is for all jobs of a schedule."""
    return bool(specification["poolLifetimeOption"].lower() == "jobschedule")


def number_of(task_id: str) -> int | None:
    """Give an id's number, for ranges: leading zeros don't count, so 4, 04 and 004 are one."""
    if not _NUMBER.fullmatch(task_id):
        return None
    number = int(task_id)
    return number if -_LARGEST <= number < _LARGEST else None
