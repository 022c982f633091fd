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

# Counting the tasks of a job costs a request.
_JOBS_LISTED = 50
_REQUESTS_AT_A_TIME = 8
_ASKED_SHOWN = 40


@app.command("list")
def list_jobs(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="List the account's other jobs too.")] = False,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="How many to list at most.")
    ] = _JOBS_LISTED,
) -> CommandResult:
    """List the jobs that batchff made, the newest first."""
    from batchff.pipeline.job.retries import tasks_to_add
    from batchff.results.job.list import JobList, ListedJob

    batch = invocation_of(context).batch
    found = [job for job in batch.jobs.all() if all_ or job.batchff]
    found.sort(key=lambda job: job.created, reverse=True)
    found, older = found[:limit], len(found) - limit
    counts = _count_tasks(found, batch)
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
            preset=job.batchff.preset if job.batchff else "",
            not_encoded=job.batchff.not_encoded if job.batchff else 0,
            asked_for=job.batchff.asked_for if job.batchff else "",
        )
        for job in found
    )
    rows = [
        (
            job.id,
            job.state,
            minute(job.created),
            _cut(_asked(job)),
            _in_short(job, counts.get(job.id), to_add[job.id] or 0),
        )
        for job in found
    ]
    text = columns(rows) or "no jobs"
    if any(to_add.values()):
        text += (
            "\nwhere a submit was interrupted, see what adds the rest with: batchff job show JOB"
        )
    if older > 0:
        text += f"\nand {counted(older, 'older job')}; to see more: batchff job list --limit N"
    return CommandResult(JobList(jobs, max(older, 0)), text=text)


def _asked(job: JobStatus) -> str:
    """Return what a job makes; jobs of earlier releases say only by which presets."""
    return (job.batchff.asked_for or job.batchff.preset) if job.batchff else ""


def _cut(text: str) -> str:
    return text if len(text) <= _ASKED_SHOWN else f"{text[: _ASKED_SHOWN - 1].rstrip()}…"


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


def _in_short(job: JobStatus, counts: TaskCounts | None, to_add: int) -> str:
    """Return a job's counts in words: of files or, where batchff didn't make it, of tasks."""
    files = job.batchff.files if job.batchff else 0
    refused = job.batchff.not_encoded if job.batchff else 0
    done = job.batchff.done if job.batchff else 0
    number, what = (files, "file") if files else (counts.total if counts else 0, "task")
    parts = [counted(number, what)]
    if counts:
        parts += [f"{counts.failed} failed"] * bool(counts.failed)
        parts += [f"{counts.unfinished} to go"] * bool(counts.unfinished)
        parts += [f"{to_add} to add"] * bool(to_add)
    parts += [f"{done} done before"] * bool(done)
    parts += [f"{refused} not made, or in part"] * bool(refused)
    return ", ".join(parts) if files or counts else ""
