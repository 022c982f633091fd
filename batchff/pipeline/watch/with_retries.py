"""A job's outcome, with that of the jobs that encode again what failed in it."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Notice
from batchff.model.jobs import JobOutcome, JobStatus, TaskCounts
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.retries import find_followers
from batchff.pipeline.pool.end import no_idle_nodes, use_of
from batchff.pipeline.stamp import stamped_count
from batchff.pipeline.watch.watch import watch
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def watch_family(
    job: str,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    timeout: float | None = None,
) -> JobOutcome:
    """Tell what happens in a job and those that follow it until all are over; raises as `watch`.

    `timeout` is in seconds, for all of them together.
    """
    started = time.monotonic()
    first = require_job(job, batch)

    def look(job: JobStatus, retried: Collection[str] = frozenset()) -> JobOutcome:
        with no_idle_nodes(use_of(job), batch, reporter):
            return watch(
                job.id,
                batch,
                storage,
                reporter,
                timeout=timeout,
                started=started,
                asked=first.id,
                retried=retried,
            )

    # What never ran may have left it for another job.
    planned = stamped_count(first.metadata, "files")
    outcome = None
    if first.state != "completed" or _all_succeeded(batch.tasks.counts(first.id), planned):
        outcome = look(first)
        if outcome.all_succeeded and outcome.succeeded >= planned:
            return outcome
    later = find_followers(first, batch.jobs.all())
    tasks = [{task.id for task in batch.tasks.all(follower.id)} for follower in later]
    outcome = outcome or look(first, retried=frozenset().union(*tasks))
    for number, (follower, again) in enumerate(zip(later, tasks, strict=True), 1):
        reporter.report(Notice(f"job {follower.id} encodes {counted(len(again), 'file')} again"))
        ended = look(follower, retried=frozenset().union(*tasks[number:]))
        outcome = after_retry(outcome, again, ended)
    return outcome


def _all_succeeded(counts: TaskCounts, planned: int) -> bool:
    return counts.succeeded == counts.total >= planned


def after_retry(first: JobOutcome, again: Collection[str], later: JobOutcome) -> JobOutcome:
    """Return the outcome of a job some of whose tasks, those of ids `again`, ran in a later one."""
    failures = tuple(failure for failure in first.failures if failure.task not in again)
    never_ran = len(again) - (len(first.failures) - len(failures))
    return replace(
        first,
        succeeded=first.succeeded + later.succeeded,
        failed=len(failures) + later.failed,
        unfinished=max(first.unfinished - never_ran, 0) + later.unfinished,
        failures=(*failures, *later.failures),
        retries=(*first.retries, later.job),
    )
