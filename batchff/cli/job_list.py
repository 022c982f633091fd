"""`batchff job list`: jobs at a glance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.invocation import invocation_of
from batchff.cli.layout import columns, minute
from batchff.console.reporter import CommandResult
from batchff.errors import NotFoundError
from batchff.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchff.cloud.batch import Batch
    from batchff.model.jobs import JobStatus, TaskCounts

# Each costs a request; these are the jobs that one still thinks of.
app = typer.Typer()

_JOBS_COUNTED = 20
_REQUESTS_AT_A_TIME = 8


@app.command("list")
def list_jobs(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="List the account's other jobs too.")] = False,
) -> CommandResult:
    """List the jobs that batchff made, the newest first."""
    from batchff.pipeline.stamp import is_ours, stamped_count

    batch = invocation_of(context).batch
    found = [job for job in batch.jobs.all() if all_ or is_ours(job.metadata)]
    found.sort(key=lambda job: job.created, reverse=True)
    counts = _count_tasks(found[:_JOBS_COUNTED], batch)
    files = {job.id: stamped_count(job.metadata, "files") for job in found}
    jobs = [
        {
            "job": job.id,
            "state": job.state,
            "pool": job.pool_id,
            "made": job.created,
            "batchff": is_ours(job.metadata),
            "files": files[job.id],
            "tasks": asdict(counts[job.id]) if job.id in counts else None,
        }
        for job in found
    ]
    rows = [
        (job.id, job.state, minute(job.created), _in_short(job, files[job.id], counts.get(job.id)))
        for job in found
    ]
    return CommandResult("job list", {"jobs": jobs}, text=columns(rows) or "no jobs")


def _count_tasks(jobs: Sequence[JobStatus], batch: Batch) -> dict[str, TaskCounts]:
    """Return the counts of those jobs that are still there."""

    def count(job: JobStatus) -> TaskCounts | None:
        try:
            return batch.tasks.counts(job.id)
        except NotFoundError:
            return None

    with ThreadPoolExecutor(_REQUESTS_AT_A_TIME) as pool:
        counted = pool.map(count, jobs)
        return {job.id: counts for job, counts in zip(jobs, counted, strict=True) if counts}


def _in_short(job: JobStatus, files: int, counts: TaskCounts | None) -> str:
    """Say how many files or, in other jobs than batchff's, tasks there are, and how they stand."""
    number, what = (files, "file") if files else (counts.total if counts else 0, "task")
    parts = [counted(number, what)]
    if counts:
        parts += [f"{counts.failed} failed"] * bool(counts.failed)
        # Those whose tasks aren't added yet too, in a job that still takes some.
        added = max(counts.total, files) if job.state == "active" else counts.total
        to_go = counts.unfinished + added - counts.total
        parts += [f"{to_go} to go"] * bool(to_go)
    return ", ".join(parts) if files or counts else ""
