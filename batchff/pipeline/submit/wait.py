"""Wait for a job that is encoding the same files: what it makes needn't be made again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.errors import InterruptedByUser
from batchff.events import Notice, Warned
from batchff.model.jobs import JobStatus, TaskCounts
from batchff.model.states import JobState
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.submit.planning.planning import jobs_alike

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_PAUSE = 2.0
_STUCK_AFTER = 600.0
"""After so many seconds in which nothing ran, it isn't worth to wait."""


def wait_for_alike(
    plan: JobPlan, batch: Batch, reporter: Reporter, *, pause: Callable[[float], None] = time.sleep
) -> bool:
    """Return once no other job encodes files of this plan; whether one did.

    A job none of whose tasks run for ten minutes isn't waited for. Raises InterruptedByUser at
    Ctrl-C, with the other job going on.
    """
    waited = False
    for job in jobs_alike(plan, batch):
        waited = True
        reporter.report(
            Notice(f"job {job.id} is encoding files of this source: waiting for what it makes")
        )
        try:
            _wait_for(job, batch, reporter, pause)
        except KeyboardInterrupt:
            raise InterruptedByUser(
                f"stopped waiting; job {job.id!r} goes on",
                hint=f"come back with the same command, or with: batchff watch {job.id}",
            ) from None
    return waited


def _wait_for(
    job: JobStatus, batch: Batch, reporter: Reporter, pause: Callable[[float], None]
) -> None:
    still = 0.0
    before: TaskCounts | None = None
    while True:
        now = batch.jobs.get(job.id)
        if now is None or now.state in (JobState.COMPLETED, JobState.DELETING):
            return
        counts = batch.tasks.counts(job.id)
        nothing_left = counts.total > 0 and not (counts.active + counts.running)
        if nothing_left and before == counts:
            return  # whoever was to add more has stopped, or the job is about to end
        still = still + _PAUSE if before == counts and not counts.running else 0.0
        if still >= _STUCK_AFTER:
            reporter.report(
                Warned(
                    f"nothing of job {job.id} has run for ten minutes: its files are encoded here, "
                    f"too. See why with: batchff job show {job.id}"
                )
            )
            return
        before = counts
        pause(_PAUSE)
