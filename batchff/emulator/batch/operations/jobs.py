"""Jobs: create, read, change, terminate, delete, and the counts of their tasks."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import replace

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.call import Call, changed, json_response, resource
from batchff.emulator.batch.defaults import complete_job, job_constraints
from batchff.emulator.batch.entities import JOB
from batchff.emulator.batch.errors import BatchError, bad_property, unsupported
from batchff.emulator.batch.lifecycle import job_deadline
from batchff.emulator.batch.model import (
    DisableTasks,
    Document,
    Job,
    JobState,
    Pool,
    PoolState,
    Result,
    TaskState,
)
from batchff.emulator.batch.operations.auto_pools import changed_auto_pool, two_pools
from batchff.emulator.batch.operations.lists import answer_rows, selection
from batchff.emulator.batch.operations.pools import new_pool
from batchff.emulator.batch.rendering import job_url, render_job
from batchff.emulator.batch.store.database import EVERYTHING
from batchff.emulator.batch.versions import write_task_counts

_REFUSED = {
    JobState.TERMINATING: "JobBeingTerminated",
    JobState.COMPLETED: "JobCompleted",
    JobState.DELETING: "JobBeingDeleted",
}


def find_job(call: Call) -> Job:
    """Give the job that the path names. Raises JobNotFound."""
    job = call.store.jobs.find(call.parameters["jobId"])
    if job is None:
        raise BatchError("JobNotFound")
    return job


def refuse_unless_active(job: Job) -> None:
    """Raise the error for a job that takes no more tasks and no change; a disabled one does."""
    if job.state in _REFUSED:
        raise BatchError(_REFUSED[job.state])


def create_job(call: Call) -> Response:
    body = call.document(bodies.JOB_CREATE)
    now = call.store.tick()
    auto_pool = _auto_pool(call, body, now)
    pool_id = _pool_of(call, body) if auto_pool is None else auto_pool.id
    document = complete_job(body)
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
        auto_pool=auto_pool.id if auto_pool is not None else None,
    )
    try:
        with call.store.transaction():
            call.store.jobs.add(job)
            if auto_pool is not None:
                call.store.pools.add(auto_pool)
    except sqlite3.IntegrityError:
        existing = call.store.jobs.find(job.id)
        deleting = existing is not None and existing.state is JobState.DELETING
        raise BatchError("JobBeingDeleted" if deleting else "JobExists") from None
    if auto_pool is not None:
        call.scheduler.pool_made(auto_pool.key)
    call.scheduler.job_changed(job.key)
    return changed(call, 201, modified=now, location=job_url(call.endpoint, job.id))


def get_job(call: Call) -> Response:
    call.refuse_expand()
    job = find_job(call)
    call.check_conditions(job.modified)
    document = selection(call, JOB.properties)(render_job(job, call.endpoint))
    return resource(call, document, job.modified, "jobs")


def list_jobs(call: Call) -> Response:
    return answer_rows(
        call,
        call.store.jobs,
        EVERYTHING,
        JOB,
        lambda job: render_job(job, call.endpoint),
    )


def update_job(call: Call) -> Response:
    """A field that is left out stays; `constraints` and `metadata` are replaced whole."""
    job = _changeable(call)
    body = call.document(bodies.JOB_UPDATE)
    return changed(call, 200, modified=_change(call, job, body))


def replace_job(call: Call) -> Response:
    """A field that is left out takes its default, but for `onAllTasksComplete`."""
    job = _changeable(call)
    body = call.document(bodies.JOB_REPLACE)
    defaults: Document = {"priority": 0, "constraints": {}, "metadata": []}
    return changed(call, 200, modified=_change(call, job, {**defaults, **body}))


def disable_job(call: Call) -> Response:
    job = _changeable(call)
    tasks = DisableTasks(call.document(bodies.JOB_DISABLE)["disableTasks"].lower())
    call.scheduler.jobs.disable(job, tasks)
    return changed(call, 202, modified=find_job(call).modified)


def enable_job(call: Call) -> Response:
    job = _changeable(call)
    if job.state is not JobState.DISABLED:
        reason = "Only a job that is disabled can be enabled"
        raise BatchError("OperationInvalidForCurrentState", {"Reason": reason})
    call.scheduler.jobs.enable(job)
    return changed(call, 202, modified=find_job(call).modified)


def terminate_job(call: Call) -> Response:
    job = find_job(call)
    call.check_conditions(job.modified)
    call.request.flag("force")
    body = call.document(bodies.JOB_TERMINATE)
    refuse_unless_active(job)
    call.scheduler.jobs.terminate(job, body.get("terminateReason", "UserTerminate"))
    return changed(call, 202, modified=find_job(call).modified)


def delete_job(call: Call) -> Response:
    job = find_job(call)
    call.check_conditions(job.modified)
    call.request.flag("force")
    if job.state is JobState.DELETING:
        raise BatchError("JobBeingDeleted")
    call.scheduler.jobs.delete(job)
    return changed(call, 202)


def get_job_task_counts(call: Call) -> Response:
    """Preparing tasks count as running, as the service has it."""
    job = find_job(call)
    tasks = dict.fromkeys(("active", "running", "completed", "succeeded", "failed"), 0)
    slots = dict(tasks)
    for tally in call.store.tasks.tally(job):
        preparing = tally.state is TaskState.PREPARING
        names = ["running" if preparing else str(tally.state)]
        if tally.result is not None:
            names.append("succeeded" if tally.result is Result.SUCCESS else "failed")
        for name in names:
            tasks[name] += tally.tasks
            slots[name] += tally.slots
    return json_response(
        {
            "odata.metadata": call.metadata("taskcountsresults/@Element"),
            **write_task_counts(tasks, slots, call.request.version),
        }
    )


def _changeable(call: Call) -> Job:
    job = find_job(call)
    call.check_conditions(job.modified)
    refuse_unless_active(job)
    return job


def _change(call: Call, job: Job, body: Document) -> int:
    document = job.document
    pool_info = _pool_info(call, job, body)
    if document["onAllTasksComplete"] == "terminatejob":
        wanted = body.get("onAllTasksComplete", "terminatejob")
        if wanted.lower() != "terminatejob":
            raise bad_property("onAllTasksComplete", wanted, "terminatejob can't be taken back")
    document = {**document, **body, "poolInfo": pool_info}
    document["onAllTasksComplete"] = document["onAllTasksComplete"].lower()
    document["constraints"] = job_constraints(document["constraints"])
    now = call.store.tick()
    call.store.jobs.save(
        replace(
            job,
            pool=pool_info.get("poolId", job.pool).lower(),
            document=document,
            priority=document["priority"],
            deadline=job_deadline(job.created, document["constraints"]),
            modified=now,
        )
    )
    call.scheduler.job_changed(job.key)
    return now


def _auto_pool(call: Call, body: Document, now: int) -> Pool | None:
    """Make the pool that a job wants for itself, if it does."""
    specification = body["poolInfo"].get("autoPoolSpecification")
    if specification is None:
        return None
    if "poolId" in body["poolInfo"]:
        raise two_pools()
    prefix = specification.get("autoPoolIdPrefix")
    unique = str(uuid.uuid4()).upper()
    pool_id = unique if prefix is None else f"{prefix}_{unique}"
    return new_pool(call, {**specification["pool"], "id": pool_id}, now)


def _pool_info(call: Call, job: Job, body: Document) -> Document:
    """Give the pool that a changed job has; it can be another one while the job is disabled."""
    kept: Document = job.document["poolInfo"]
    if "poolInfo" not in body:
        return kept
    if "autoPoolSpecification" in body["poolInfo"]:
        changed_info = changed_auto_pool(job, body["poolInfo"])
    elif _pool_of(call, body).lower() == job.pool:
        return kept
    elif job.auto_pool is not None:
        raise unsupported(PropertyName="poolInfo.poolId")
    else:
        changed_info = dict(body["poolInfo"])
    if changed_info != kept and job.state is not JobState.DISABLED:
        reason = "A job's pool can be changed only while the job is disabled"
        raise BatchError("OperationInvalidForCurrentState", {"Reason": reason})
    return changed_info


def _pool_of(call: Call, body: Document) -> str:
    pool_id = body["poolInfo"].get("poolId")
    if not pool_id:
        raise BatchError("MissingRequiredProperty", {"PropertyName": "poolInfo.poolId"})
    # The pool needn't exist: "the Batch service will not reject the Job request; it will simply not
    # run Tasks until the Pool exists" (PoolInformation).
    pool = call.store.pools.find(pool_id)
    if pool is not None and pool.state is PoolState.DELETING:
        raise BatchError("PoolBeingDeleted")
    return str(pool_id)
