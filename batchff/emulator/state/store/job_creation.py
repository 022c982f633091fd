"""Storing a job with what comes with it: a pool of its own, and its job manager task."""

from __future__ import annotations

import uuid
from dataclasses import replace

from batchff.emulator.state.creation import new_pool, new_task
from batchff.emulator.state.defaults import complete_job
from batchff.emulator.state.model import Document, Job, JobSchedule
from batchff.emulator.state.states import JobState, PoolState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.waiting_tasks import add_task
from batchff.emulator.state.transitions import job_deadline

_TASK_FIELDS = (
    "displayName",
    "commandLine",
    "resourceFiles",
    "outputFiles",
    "environmentSettings",
    "userIdentity",
    "constraints",
    "requiredSlots",
)
"""What a job manager task has in common with other tasks."""


def create_job(store: Store, body: Document, now: int, schedule: JobSchedule | None = None) -> Job:
    """Store a job with what comes with it: a pool of its own, and its job manager task.

    Raises sqlite3.IntegrityError where its id is taken; nothing is stored then.
    """
    document = complete_job(body)
    with store.transaction():
        auto_pool = _auto_pool(store, body, now, schedule)
        pool_id = auto_pool or body["poolInfo"]["poolId"]
        job = Job(
            key=body["id"].lower(),
            id=body["id"],
            pool=pool_id.lower(),
            document=document,
            state=JobState.ACTIVE,
            state_time=now,
            created=now,
            modified=now,
            priority=document["priority"],
            deadline=job_deadline(now, document["constraints"]),
            auto_pool=auto_pool,
            schedule=schedule.seq if schedule is not None else None,
        )
        job = replace(job, seq=store.jobs.add(job))
        if job.manager is not None:
            names = ("id", *_TASK_FIELDS)
            manager = {name: job.manager[name] for name in names if name in job.manager}
            add_task(store, job, new_task(job, manager, now))
    return job


def _auto_pool(store: Store, body: Document, now: int, schedule: JobSchedule | None) -> str | None:
    """Give the id of the pool that is made for a job, or that was for an earlier one."""
    specification = body["poolInfo"].get("autoPoolSpecification")
    if specification is None:
        return None
    if schedule is not None and schedule.auto_pool is not None:
        pool = store.pools.find(schedule.auto_pool)
        if pool is not None and pool.state is PoolState.ACTIVE:
            return pool.id
    prefix = specification.get("autoPoolIdPrefix")
    unique = str(uuid.uuid4()).upper()
    pool_id = unique if prefix is None else f"{prefix}_{unique}"
    store.pools.add(new_pool({**specification["pool"], "id": pool_id}, now))
    return pool_id
