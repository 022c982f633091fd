"""Tasks: create one or a hundred, read, change, terminate, reactivate, delete."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.checks.dependencies import check_dependencies
from batchff.emulator.batch.checks.exit_conditions import check_exit_conditions
from batchff.emulator.batch.checks.instances import check_instances
from batchff.emulator.batch.checks.job_tasks import check_task_id
from batchff.emulator.batch.operations.jobs.jobs import find_job, refuse_unless_active
from batchff.emulator.batch.operations.jobs.new_jobs import check_size_of_task
from batchff.emulator.batch.protocol.call import Call, changed, done, json_response, resource
from batchff.emulator.batch.protocol.entities import TASK
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import (
    answer_page,
    selection,
    wanted_properties,
)
from batchff.emulator.batch.protocol.schema import listing, record
from batchff.emulator.batch.protocol.versions import hidden_fields, write
from batchff.emulator.batch.rendering.resources import task_url
from batchff.emulator.batch.rendering.tasks import TaskWriter, render_task
from batchff.emulator.state.creation import new_task
from batchff.emulator.state.defaults import complete_task, task_constraints
from batchff.emulator.state.model import Document, Job, Pool, Task
from batchff.emulator.state.pool_defaults import runs_windows
from batchff.emulator.state.states import Result, TaskState
from batchff.emulator.state.store.database import Where
from batchff.emulator.state.store.waiting_tasks import add_task, save_completed
from batchff.emulator.state.times import etag_of, format_time
from batchff.emulator.state.transitions import TASK_ENDED_BY_USER, task_completed, task_reactivated

_MOST_TASKS = 100


def _anything(value: Any, name: str) -> None:
    """Each task of a collection is checked on its own."""


_COLLECTION = record({"value": listing(_anything, most=_MOST_TASKS)}, {})


def find_task(call: Call) -> tuple[Job, Task]:
    """Give the task that the path names, and its job. Raises JobNotFound, TaskNotFound."""
    job = find_job(call)
    task = call.store.tasks.find(job, call.parameters["taskId"])
    if task is None:
        raise BatchError("TaskNotFound")
    return job, task


def create_task(call: Call) -> Response:
    """Add a task to an active job."""
    job = find_job(call)
    refuse_unless_active(job)
    task = _add(call, job, call.store.pools.find(job.pool), call.json())
    call.scheduler.wake()
    url = task_url(call.endpoint, job.id, task.id)
    return changed(call, 201, modified=task.modified, location=url)


def create_task_collection(call: Call) -> Response:
    """Each task succeeds or fails on its own; those that succeed are committed together.

    As the service does, it answers for them in another order than they were sent in.
    """
    job = find_job(call)
    refuse_unless_active(job)
    pool = call.store.pools.find(job.pool)
    results: list[Document] = []
    document = call.json()
    _COLLECTION(document, "")
    with call.store.transaction():
        for item in document["value"]:
            noted = len(call.without_effect)
            try:
                results.append(_success(call, job, _add(call, job, pool, item)))
            except BatchError as error:
                del call.without_effect[noted:]
                results.append(_failure(call, job, item, error))
    call.scheduler.wake()
    metadata = call.metadata("taskaddresult")
    return json_response({"odata.metadata": metadata, "value": _mixed(results)})


def get_task(call: Call) -> Response:
    """Answer with a task."""
    call.check_expand()
    job, task = find_task(call)
    call.check_conditions(task.modified)
    rendered = write(
        render_task(task, job, call.endpoint, _windows(call, job)), call.request.version
    )
    document = selection(call, TASK.properties)(rendered)
    return resource(call, document, task.modified, "tasks")


def list_tasks(call: Call) -> Response:
    """List the tasks of a job."""
    job = find_job(call)
    wanted = wanted_properties(call, TASK.properties)
    hidden = hidden_fields(call.request.version) & TASK.properties
    writer = TaskWriter(job, call.endpoint, wanted, hidden, _windows(call, job))
    tasks = call.store.tasks
    read = partial(tasks.listed, documents=writer.needs_documents)
    return answer_page(call, read, tasks.place, Where("job = ?", (job.seq,)), TASK, writer)


def replace_task(call: Call) -> Response:
    """Constraints that are left out take their defaults."""
    job, task = find_task(call)
    call.check_conditions(task.modified)
    body = call.document(bodies.TASK_REPLACE)
    if task.state is TaskState.COMPLETED:
        raise BatchError("TaskCompleted")
    constraints = task_constraints(body.get("constraints"), job.document)
    now = call.store.tick()
    document = {**task.document, "constraints": constraints}
    call.store.tasks.save(replace(task, document=document, modified=now))
    return changed(call, 200, modified=now)


def delete_task(call: Call) -> Response:
    """Remove a task; what runs of it is killed, and its directory deleted."""
    job, task = find_task(call)
    call.check_conditions(task.modified)
    call.store.tasks.remove(task.seq)
    call.scheduler.task_removed(job, task)
    return done(200)


def terminate_task(call: Call) -> Response:
    """Complete a task as failed; what runs of it is killed."""
    job, task = find_task(call)
    call.check_conditions(task.modified)
    if task.state is TaskState.COMPLETED:
        raise BatchError("TaskCompleted")
    now = call.store.tick()
    ended = replace(task_completed(task, None, TASK_ENDED_BY_USER, now), modified=now)
    save_completed(call.store, task, ended)
    call.scheduler.task_ended(job, task)
    return changed(call, 204, modified=now)


def reactivate_task(call: Call) -> Response:
    """Queue a failed task again, as if it had never been tried."""
    job, task = find_task(call)
    call.check_conditions(task.modified)
    if task.state is not TaskState.COMPLETED:
        raise BatchError("TaskNotCompleted")
    if task.result is Result.SUCCESS:
        raise BatchError("TaskSucceeded")
    refuse_unless_active(job)
    now = call.store.tick()
    call.store.tasks.save(task_reactivated(task, now))
    call.scheduler.wake()
    return done(204, modified=now)


def _add(call: Call, job: Job, pool: Pool | None, body: Document) -> Task:
    call.check(bodies.TASK_CREATE, body)
    check_task_id(body["id"], job.document)
    if "dependsOn" in body:
        check_dependencies(body["dependsOn"], job.document)
    if "exitConditions" in body:
        check_exit_conditions(body["exitConditions"], job.document)
    check_size_of_task(body, pool.slots_per_node if pool is not None else None)
    for lacking in check_instances(body, pool):
        call.note(lacking)
    task = new_task(job, complete_task(body, job.document), call.store.tick())
    try:
        add_task(call.store, job, task)
    except sqlite3.IntegrityError:
        raise BatchError("TaskExists") from None
    return task


def _windows(call: Call, job: Job) -> list[str]:
    """Give the job's pool, where its nodes are said to run Windows."""
    pool = call.store.pools.find(job.pool)
    return [pool.id] if pool is not None and runs_windows(pool.document) else []


def _mixed(results: list[Document]) -> list[Document]:
    """Give the results in an order that depends on the ids alone, and isn't the one they are in."""
    mixed = sorted(results, key=lambda result: sha256(result["taskId"].encode()).digest())
    return mixed if mixed != results else [*mixed[1:], *mixed[:1]]


def _success(call: Call, job: Job, task: Task) -> Document:
    return {
        "status": "Success",
        "taskId": task.id,
        "eTag": etag_of(task.modified),
        "lastModified": format_time(task.modified),
        "location": task_url(call.endpoint, job.id, task.id),
    }


def _failure(call: Call, job: Job, item: object, error: BatchError) -> Document:
    """Say `ClientError` of what isn't supported too: clients add a `ServerError` again for ever."""
    task_id = str(item.get("id", "")) if isinstance(item, dict) else ""
    return {
        "status": "ClientError",
        "taskId": task_id,
        "location": task_url(call.endpoint, job.id, task_id),
        "error": error.body(call.request.request_id, call.request.now),
    }
