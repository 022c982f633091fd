"""A job that has no task left to run, and may still get some."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from batchff.events import Warned
from batchff.model.jobs import JobStatus
from batchff.pipeline.job.retries import how_to_continue

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_QUIET_SECONDS_BEFORE_WARNING = 30.0


class IdleJob:
    """A job with no task left to run; where it lacks planned ones, its submit may have stopped."""

    def __init__(self, job: JobStatus, reporter: Reporter) -> None:
        self._planned = job.batchff.tasks if job.batchff else 0
        self._how_to_continue = how_to_continue(job)
        self._reporter = reporter
        self._quiet_since: float | None = None

    def look(self, tasks: int) -> bool:
        """Return whether it's over, having `tasks`; warn where more are planned and none comes."""
        if self._planned == 0:
            return tasks > 0  # not batchff's: nobody says how many tasks will come
        if tasks < self._planned:
            now = time.monotonic()
            self._quiet_since = self._quiet_since or now
            if now - self._quiet_since > _QUIET_SECONDS_BEFORE_WARNING:
                self._quiet_since = float("inf")
                self._reporter.report(
                    Warned(
                        f"{tasks} of {self._planned} tasks are in the job and none is left to run; "
                        f"{self._how_to_continue}"
                    )
                )
        return False
