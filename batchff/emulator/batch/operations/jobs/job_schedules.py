"""Job schedules: create, read, change, disable, enable, terminate, delete; and their jobs."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.operations.jobs.new_jobs import check_job_specification
from batchff.emulator.batch.protocol.call import Call, changed, done, resource
from batchff.emulator.batch.protocol.entities import JOB, JOB_SCHEDULE
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_rows, selection
from batchff.emulator.batch.protocol.versions import write
from batchff.emulator.batch.rendering.resources import (
    job_schedule_url,
    render_job,
    render_job_schedule,
)
from batchff.emulator.state.creation import new_job_schedule
from batchff.emulator.state.defaults import complete_job_schedule
from batchff.emulator.state.model import Document, JobSchedule
from batchff.emulator.state.recurrence import recurrence_of
from batchff.emulator.state.states import JobScheduleState
from batchff.emulator.state.store.database import EVERYTHING, Where

_REFUSED = {
    JobScheduleState.TERMINATING: "JobScheduleBeingTerminated",
    JobScheduleState.COMPLETED: "JobScheduleCompleted",
    JobScheduleState.DELETING: "JobScheduleBeingDeleted",
}


def find_job_schedule(call: Call) -> JobSchedule:
    """Give the schedule that the path names. Raises JobScheduleNotFound."""
    schedule = call.store.job_schedules.find(call.parameters["jobScheduleId"])
    if schedule is None:
        raise BatchError("JobScheduleNotFound")
    return schedule


def create_job_schedule(call: Call) -> Response:
    """Add a job schedule; the scheduler makes its jobs when they are due."""
    body = call.document(bodies.JOB_SCHEDULE_CREATE)
    check_job_specification(call, body["jobSpecification"])
    if call.store.jobs.find(body["id"]) is not None:
        raise BatchError("JobWithSameIdExists")
    schedule = new_job_schedule(body, call.store.tick())
    try:
        call.store.job_schedules.add(schedule)
    except sqlite3.IntegrityError:
        existing = call.store.job_schedules.find(schedule.id)
        deleting = existing is not None and existing.state is JobScheduleState.DELETING
        code = "JobScheduleBeingDeleted" if deleting else "JobScheduleExists"
        raise BatchError(code) from None
    call.scheduler.job_schedules.look_again()
    url = job_schedule_url(call.endpoint, schedule.id)
    return changed(call, 201, modified=schedule.modified, location=url)


def get_job_schedule(call: Call) -> Response:
    """Answer with a job schedule."""
    call.check_expand()
    schedule = find_job_schedule(call)
    call.check_conditions(schedule.modified)
    document = write(render_job_schedule(schedule, call.endpoint), call.request.version)
    chosen = selection(call, JOB_SCHEDULE.properties)(document)
    return resource(call, chosen, schedule.modified, "jobschedules")


def job_schedule_exists(call: Call) -> Response:
    """Answer 200 where a job schedule exists, 404 where none does."""
    schedule = find_job_schedule(call)
    call.check_conditions(schedule.modified)
    return done(200, modified=schedule.modified)


def list_job_schedules(call: Call) -> Response:
    """List all job schedules."""
    return answer_rows(
        call,
        call.store.job_schedules,
        EVERYTHING,
        JOB_SCHEDULE,
        lambda schedule: render_job_schedule(schedule, call.endpoint),
    )


def list_jobs_from_schedule(call: Call) -> Response:
    """List the jobs that a schedule has made."""
    schedule = find_job_schedule(call)
    return answer_rows(
        call,
        call.store.jobs,
        Where("schedule = ?", (schedule.seq,)),
        JOB,
        lambda job: render_job(job, call.endpoint),
    )


def update_job_schedule(call: Call) -> Response:
    """A field that is left out stays; `schedule` and `jobSpecification` are replaced whole."""
    schedule = _changeable(call)
    body = call.document(bodies.JOB_SCHEDULE_UPDATE)
    return changed(call, 200, modified=_change(call, schedule, body))


def replace_job_schedule(call: Call) -> Response:
    """A field that is left out takes its default: one job, at once, and no metadata."""
    schedule = _changeable(call)
    body = call.document(bodies.JOB_SCHEDULE_REPLACE)
    defaults: Document = {"schedule": {}, "metadata": []}
    return changed(call, 200, modified=_change(call, schedule, {**defaults, **body}))


def disable_job_schedule(call: Call) -> Response:
    """Stop a schedule from making jobs; a job of it that runs isn't ended."""
    schedule = _changeable(call)
    if schedule.state is not JobScheduleState.DISABLED:
        call.scheduler.job_schedules.disable(schedule)
    return changed(call, 204, modified=find_job_schedule(call).modified)


def enable_job_schedule(call: Call) -> Response:
    """Let a disabled schedule make jobs again."""
    schedule = _changeable(call)
    if schedule.state is not JobScheduleState.ACTIVE:
        call.scheduler.job_schedules.enable(schedule)
    return changed(call, 204, modified=find_job_schedule(call).modified)


def terminate_job_schedule(call: Call) -> Response:
    """End a schedule and the job of it that runs."""
    call.request.check_force()
    call.scheduler.job_schedules.terminate(_changeable(call))
    return changed(call, 202, modified=find_job_schedule(call).modified)


def delete_job_schedule(call: Call) -> Response:
    """Remove a schedule and all of its jobs; answered before that is done."""
    schedule = find_job_schedule(call)
    call.check_conditions(schedule.modified)
    call.request.check_force()
    if schedule.state is JobScheduleState.DELETING:
        raise BatchError("JobScheduleBeingDeleted")
    call.scheduler.job_schedules.delete(schedule)
    return done(202)


def _changeable(call: Call) -> JobSchedule:
    schedule = find_job_schedule(call)
    call.check_conditions(schedule.modified)
    if schedule.state in _REFUSED:
        raise BatchError(_REFUSED[schedule.state])
    return schedule


def _change(call: Call, schedule: JobSchedule, body: Document) -> int:
    """Change the next jobs, and when they are made; one that exists stays as it is."""
    if "jobSpecification" in body:
        check_job_specification(call, body["jobSpecification"])
    document = complete_job_schedule({**schedule.document, **body})
    next_run = schedule.next_run
    if "schedule" in body:
        recurrence = recurrence_of(document["schedule"], schedule.created)
        last = schedule.last_run
        next_run = recurrence.first if last is None else recurrence.following(last)
    now = call.store.tick()
    call.store.job_schedules.save(
        replace(schedule, document=document, next_run=next_run, modified=now)
    )
    call.scheduler.job_schedules.look_again()
    return now
