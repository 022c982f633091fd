"""`batchff job list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.words.layout import columns, minute
from batchff.console.reporter import CommandResult
from batchff.errors import NotFoundError
from batchff.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchff.cloud.batch import Batch
    from batchff.model.jobs import JobStatus, TaskCounts
    from batchff.pipeline.parallel import StopFlag

app = App()

# Counting the tasks of a job costs a request, so only the newest jobs have counts.
_JOBS_COUNTED = 20
_REQUESTS_AT_A_TIME = 8


@app.command("list")
def list_jobs(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="List the account's other jobs too.")] = False,
) -> CommandResult:
    """List the jobs that batchff made, the newest first."""
    from batchff.pipeline.job.retries import tasks_to_add
    from batchff.results.job.list import JobList, ListedJob

    batch = invocation_of(context).batch
    found = [job for job in batch.jobs.all() if all_ or job.batchff]
    found.sort(key=lambda job: job.created, reverse=True)
    counts = _count_tasks(found[:_JOBS_COUNTED], batch)
    files = {job.id: job.batchff.files if job.batchff else 0 for job in found}
    to_add = {
        job.id: tasks_to_add(job, counts[job.id]) if job.id in counts else None for job in found
    }
    jobs = tuple(
        ListedJob(
            job=job.id,
            state=job.state,
            pool=job.pool_id,
            made=job.created,
            batchff=job.batchff is not None,
            files=files[job.id],
            tasks=counts.get(job.id),
            tasks_to_add=to_add[job.id],
        )
        for job in found
    )
    rows = [
        (
            job.id,
            job.state,
            minute(job.created),
            _in_short(files[job.id], counts.get(job.id), to_add[job.id] or 0),
        )
        for job in found
    ]
    text = columns(rows) or "no jobs"
    if any(to_add.values()):
        text += (
            "\nwhere a submit was interrupted, see what adds the rest with: batchff job show JOB"
        )
    return CommandResult(JobList(jobs), text=text)


def _count_tasks(jobs: Sequence[JobStatus], batch: Batch) -> dict[str, TaskCounts]:
    """Return the counts of those jobs that still exist."""
    from batchff.pipeline.parallel import Failed, in_parallel

    def count(job: JobStatus, _: StopFlag) -> TaskCounts | None:
        try:
            return batch.tasks.counts(job.id)
        except NotFoundError:
            return None

    counts = {}
    for outcome in in_parallel(count, jobs, at_a_time=_REQUESTS_AT_A_TIME):
        if isinstance(outcome, Failed):
            raise outcome.error
        if outcome.result is not None:
            counts[outcome.item.id] = outcome.result
    return counts


def _in_short(files: int, counts: TaskCounts | None, to_add: int) -> str:
    """Return a job's counts in words: of files or, where batchff didn't make it, of tasks."""
    number, what = (files, "file") if files else (counts.total if counts else 0, "task")
    parts = [counted(number, what)]
    if counts:
        parts += [f"{counts.failed} failed"] * bool(counts.failed)
        parts += [f"{counts.unfinished} to go"] * bool(counts.unfinished)
        parts += [f"{to_add} to add"] * bool(to_add)
    return ", ".join(parts) if files or counts else ""
