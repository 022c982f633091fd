"""Jobs: create, read, change, terminate, delete, and the counts of their tasks."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.checks.auto_pools import changed_auto_pool
from batchff.emulator.batch.checks.references import check_network
from batchff.emulator.batch.operations.jobs.new_jobs import check_new_job, named_pool
from batchff.emulator.batch.protocol.call import Call, changed, done, json_response, resource
from batchff.emulator.batch.protocol.entities import JOB
from batchff.emulator.batch.protocol.errors import BatchError, bad_property, unsupported
from batchff.emulator.batch.protocol.lists import answer_rows, selection
from batchff.emulator.batch.protocol.versions import V2022_01, write, write_task_counts
from batchff.emulator.batch.rendering.resources import job_url, render_job
from batchff.emulator.state.defaults import job_constraints
from batchff.emulator.state.model import Document, Job
from batchff.emulator.state.pool_defaults import without_empty_lists
from batchff.emulator.state.states import DisableTasks, JobState, Result, TaskState
from batchff.emulator.state.store import job_creation
from batchff.emulator.state.store.database import EVERYTHING
from batchff.emulator.state.transitions import job_deadline

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
    """Add a job, with a pool of its own where it asks for one."""
    body = call.document(bodies.JOB_CREATE)
    check_new_job(call, body)
    if call.store.job_schedules.find(body["id"]) is not None:
        raise BatchError("JobScheduleWithSameIdExists")
    try:
        job = job_creation.create_job(call.store, body, call.store.tick())
    except sqlite3.IntegrityError:
        existing = call.store.jobs.find(body["id"])
        deleting = existing is not None and existing.state is JobState.DELETING
        raise BatchError("JobBeingDeleted" if deleting else "JobExists") from None
    call.scheduler.job_made(job)
    # The service names every new job so, whatever its id is.
    return changed(call, 201, modified=job.modified, location=job_url(call.endpoint, "job-1"))


def get_job(call: Call) -> Response:
    """Answer with a job."""
    call.check_expand()
    job = find_job(call)
    call.check_conditions(job.modified)
    rendered = write(render_job(job, call.endpoint), call.request.version)
    document = selection(call, JOB.properties)(rendered)
    return resource(call, document, job.modified, "jobs")


def list_jobs(call: Call) -> Response:
    """List all jobs."""
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
    """A field that is left out takes its default.

    For `onAllTasksComplete` that's noaction: an error where a job is to end with its tasks.
    """
    job = _changeable(call)
    body = call.document(bodies.JOB_REPLACE)
    defaults: Document = {
        "priority": 0,
        "constraints": {},
        "metadata": [],
        "onAllTasksComplete": "noaction",
    }
    if call.request.version >= V2022_01:  # the earlier ones can't give it
        defaults["maxParallelTasks"] = -1
    return changed(call, 200, modified=_change(call, job, {**defaults, **body}))


def disable_job(call: Call) -> Response:
    """Start no more tasks of a job; those that run are ended, requeued or waited for."""
    job = _changeable(call)
    tasks = DisableTasks(call.document(bodies.JOB_DISABLE)["disableTasks"].lower())
    call.scheduler.jobs.disable(job, tasks)
    return changed(call, 202, modified=find_job(call).modified)


def enable_job(call: Call) -> Response:
    """Let the tasks of a disabled job run again."""
    job = _changeable(call)
    if job.state is not JobState.DISABLED:
        reason = "Only a job that is disabled can be enabled"
        raise BatchError("OperationInvalidForCurrentState", {"Reason": reason})
    call.scheduler.jobs.enable(job)
    return changed(call, 202, modified=find_job(call).modified)


def terminate_job(call: Call) -> Response:
    """End a job and its running tasks; answered before that is done."""
    job = find_job(call)
    call.check_conditions(job.modified)
    call.request.check_force()
    body = call.document(bodies.JOB_TERMINATE)
    refuse_unless_active(job)
    call.scheduler.jobs.terminate(job, body.get("terminateReason", "UserTerminate"))
    return changed(call, 202, modified=find_job(call).modified)


def delete_job(call: Call) -> Response:
    """Remove a job and all of its tasks; answered before that is done."""
    job = find_job(call)
    call.check_conditions(job.modified)
    call.request.check_force()
    if job.state is JobState.DELETING:
        raise BatchError("JobBeingDeleted")
    call.scheduler.jobs.delete(job)
    return done(202)


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
            "odata.metadata": call.metadata("taskcountsresult/@Element"),
            **write_task_counts(tasks, slots, call.request.version),
        }
    )


def _changeable(call: Call) -> Job:
    job = find_job(call)
    call.check_conditions(job.modified)
    refuse_unless_active(job)
    return job


def _change(call: Call, job: Job, body: Document) -> int:
    check_network(body)
    document = job.document
    pool_info = _pool_info(call, job, body)
    if document["onAllTasksComplete"] == "terminatejob":
        wanted = body.get("onAllTasksComplete", "terminatejob")
        if wanted.lower() != "terminatejob":
            raise bad_property("onAllTasksComplete", wanted, "terminatejob can't be taken back")
    document = without_empty_lists({**document, **body, "poolInfo": pool_info})
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


def _pool_info(call: Call, job: Job, body: Document) -> Document:
    """Give the pool that a changed job has; it can be another one while the job is disabled."""
    kept: Document = job.document["poolInfo"]
    if "poolInfo" not in body:
        return kept
    if "autoPoolSpecification" in body["poolInfo"]:
        changed_info = changed_auto_pool(job, body["poolInfo"])
    else:
        named_pool(call, body["poolInfo"])
        if body["poolInfo"]["poolId"].lower() == job.pool:
            return kept
        if job.auto_pool is not None:
            raise unsupported(PropertyName="poolInfo.poolId")
        changed_info = dict(body["poolInfo"])
    if changed_info != kept and job.state is not JobState.DISABLED:
        reason = "A job's pool can be changed only while the job is disabled"
        raise BatchError("OperationInvalidForCurrentState", {"Reason": reason})
    return changed_info
