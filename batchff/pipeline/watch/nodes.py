"""What a watched job's tasks do on their nodes or, where none runs, what they wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.model.jobs import JobStatus, TaskStatus
from batchff.pipeline.pool.watch import PoolWatcher
from batchff.pipeline.watch.blocked import BlockedWatcher
from batchff.pipeline.watch.counts import TaskTally
from batchff.pipeline.watch.progress import ProgressWatcher

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class NodeWatcher:
    """Looks at the nodes of a job, and at what its tasks do there or wait for."""

    def __init__(self, job: JobStatus, batch: Batch, reporter: Reporter) -> None:
        self._pool = PoolWatcher(job.pool_id, batch, reporter)
        self._progress = ProgressWatcher(job.id, batch, reporter)
        self._blocked = BlockedWatcher(job.id, batch, reporter) if job.uses_dependencies else None
        self._reporter = reporter

    @property
    def blocked(self) -> int:
        """How many tasks wait for ever, behind one that failed."""
        return self._blocked.count if self._blocked else 0

    def look_at_progress(self, running: Mapping[str, TaskStatus]) -> None:
        """Report how far running tasks are, where that's shown."""
        if self._reporter.follows_progress:
            self._progress.look(running)

    def look_at_states(self) -> None:
        """Report what the nodes do while tasks run, where that's shown: one request a page."""
        if self._reporter.follows_progress:
            self._pool.look_at_states()

    def look_at_blocked(self, tasks: TaskTally) -> bool:
        """Return whether tasks wait for ever."""
        if self._blocked is None or not tasks.failures:
            return False
        self._blocked.look(tasks)
        return self._blocked.count > 0

    def look_at_pool(self) -> None:
        """Report what the nodes do; raise PoolError where none can run a task."""
        self._pool.look()
