"""A job's outcome, with that of the jobs that encode again what failed in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.model import JobOutcome
from batchff.pipeline.family import find_family
from batchff.pipeline.watch import watch

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def watch_family(job: str, batch: Batch, storage: Storage, reporter: Reporter) -> JobOutcome:
    """Tell what happens in a job and those that follow it until all are over; raises as `watch`."""
    outcome = watch(job, batch, storage, reporter)
    if outcome.all_succeeded:
        return outcome
    for later in find_family(outcome.job, batch.jobs.all())[1:]:
        again = {task.id for task in batch.tasks.all(later.id)}
        outcome = after_retry(outcome, again, watch(later.id, batch, storage, reporter))
    return outcome


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
    )
