"""A job's outcome, with that of its retries: the jobs that encode again what failed in it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Notice
from batchff.events.jobs import FileNotEncoded
from batchff.model.jobs import (
    JobOutcome,
    JobStatus,
    NotEncoded,
    TaskCounts,
    TaskStatus,
    TaskTotals,
)
from batchff.model.states import JobState
from batchff.pipeline.chunks.remove import remove_all_chunks
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.plan_blob import not_encoded_files
from batchff.pipeline.job.retries import first_job_of, later_retries
from batchff.pipeline.pool.end import no_idle_nodes, use_of
from batchff.pipeline.watch.told import with_told
from batchff.pipeline.watch.watch import Watching, watch_to_end
from batchff.pipeline.watch.work import tell_of_work
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def watch_with_retries(
    job: str,
    batch: Batch,
    storage: Storage,
    reporter: Reporter,
    *,
    timeout: float | None = None,
    downloads: bool = False,
) -> JobOutcome:
    """Report what happens in a job and its retries until all are over; raises as `watch`.

    `timeout` is in seconds, for all of them together. `downloads` says whether the command then
    downloads outputs.
    """
    first = require_job(job, batch)
    not_encoded = not_encoded_files(first, storage)
    for each in not_encoded:
        reporter.report(FileNotEncoded(each.file, each.reason))
    tell_of_work(first, storage, reporter, downloads=downloads)
    outcome = _watch_all(first, batch, storage, reporter, timeout)
    if first.batchff is not None:
        container = first.batchff.output_container
        outcome = with_told(outcome, first_job_of(first), container, storage, reporter)
        if outcome.all_succeeded:
            remove_all_chunks(first_job_of(first), container, storage)
    return with_not_encoded(outcome, not_encoded)


def with_not_encoded(outcome: JobOutcome, files: tuple[NotEncoded, ...]) -> JobOutcome:
    """Return an outcome with files that aren't encoded, or not wholly, as failed ones."""
    partly = sum(file.is_partly for file in files)
    return replace(
        outcome,
        succeeded=max(outcome.succeeded - partly, 0),
        failed=outcome.failed + len(files),
        not_encoded=files,
    )


def _watch_all(
    first: JobStatus, batch: Batch, storage: Storage, reporter: Reporter, timeout: float | None
) -> JobOutcome:
    """Watch a job and its retries to their end."""
    started = time.monotonic()

    def outcome_of(job: JobStatus, retried: Iterable[str] = ()) -> JobOutcome:
        how = Watching(timeout, started, asked=first.id, retried=frozenset(retried))
        with no_idle_nodes(use_of(job), batch, reporter):
            return watch_to_end(job.id, batch, storage, reporter, how)

    # Tasks that never ran may have moved to another job.
    files, tasks = (first.batchff.files, first.batchff.tasks) if first.batchff else (0, 0)
    outcome = None
    if first.state != JobState.COMPLETED or _all_succeeded(batch.tasks.counts(first.id), tasks):
        outcome = outcome_of(first)
        if outcome.all_succeeded and outcome.succeeded >= files:
            return outcome
    later = later_retries(first, batch.jobs.all())
    moved = [tuple(batch.tasks.all(retry.id)) for retry in later]
    outcome = outcome or outcome_of(first, _ids(moved))
    for number, (retry, again) in enumerate(zip(later, moved, strict=True), 1):
        again_files = {task.name for task in again}
        reporter.report(Notice(f"job {retry.id} encodes {counted(len(again_files), 'file')} again"))
        outcome = after_retry(outcome, again, outcome_of(retry, _ids(moved[number:])))
    return outcome


def after_retry(first: JobOutcome, again: Iterable[TaskStatus], later: JobOutcome) -> JobOutcome:
    """Return the outcome of a job some of whose tasks, those of `again`, ran in a later one."""
    ids, files = set(), set()
    for task in again:
        ids.add(task.id)
        files.add(task.name)
    # A file's chunks may be made again as one: all that failed of a file is tried again.
    failures = tuple(failure for failure in first.failures if failure.file not in files)
    failed_again = {failure.file for failure in first.failures} & files
    never_ran = len(ids) - (len(first.failures) - len(failures))
    tasks = TaskTotals(
        first.tasks.succeeded + later.tasks.succeeded,
        len(failures) + later.tasks.failed,
        max(first.tasks.unfinished - never_ran, 0) + later.tasks.unfinished,
    )
    return replace(
        first,
        succeeded=first.succeeded + later.succeeded,
        failed=max(first.failed - len(failed_again), 0) + later.failed,
        unfinished=max(first.unfinished - (len(files) - len(failed_again)), 0) + later.unfinished,
        failures=(*failures, *later.failures),
        retries=(*first.retries, later.job),
        alike=later.alike,
        tasks=tasks,
        outputs=first.outputs + later.outputs,
    )


def _all_succeeded(counts: TaskCounts, planned: int) -> bool:
    return counts.succeeded == counts.total >= planned


def _ids(moved: Iterable[Iterable[TaskStatus]]) -> Iterable[str]:
    return (task.id for tasks in moved for task in tasks)
