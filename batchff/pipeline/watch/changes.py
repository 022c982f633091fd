"""Which tasks of a job started or ended since the last look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from batchff.cloud.batch import Batch
from batchff.model.jobs import TaskStatus
from batchff.model.states import TASK_STARTED, TaskState
from batchff.pipeline.watch.counts import TaskTally


class TaskChanges:
    """Asks for the tasks that changed, and notes in a tally those that run.

    `started` is called with each that is on a node it wasn't on before.
    """

    def __init__(
        self,
        job: str,
        batch: Batch,
        tally: TaskTally,
        started: Callable[[TaskStatus], object] = lambda task: None,
    ) -> None:
        self._job = job
        self._batch = batch
        self._tally = tally
        self._started = started
        self._seen_until: datetime | None = None

    def ended(self) -> Iterator[TaskStatus]:
        """Yield the tasks that ended and that the tally doesn't have yet, in one request a page."""
        changed = self._batch.tasks.all(
            self._job, states=TASK_STARTED, changed_since=self._seen_until
        )
        for task in changed:
            if self._seen_until is None or task.changed > self._seen_until:
                self._seen_until = task.changed
            if self._tally.has_ended(task.id):
                continue
            if task.state == TaskState.COMPLETED:
                yield task
            elif self._tally.note_running(task):
                self._started(task)

    def look_at_all(self) -> None:
        """Let the next look be at all tasks that started, not only at those that changed since."""
        self._seen_until = None
