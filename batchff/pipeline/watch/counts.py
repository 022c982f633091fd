"""Counts of a job's tasks and files, kept up to date from what changed between two looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from batchff.model.items import Item
from batchff.model.jobs import FailedTask, TaskCounts, TaskStatus


class TaskTally:
    """Counts a job's tasks without asking for all of them; `total` is how many there are."""

    def __init__(self) -> None:
        self.total = 0
        self.running: dict[str, TaskStatus] = {}
        """The tasks that run, by their ids."""
        self.succeeded: set[str] = set()
        self.failures: dict[str, FailedTask] = {}
        self._has_too_many = self._has_too_few = False

    @property
    def ended(self) -> int:
        """How many tasks have ended, as far as is known here."""
        return len(self.succeeded) + len(self.failures)

    @property
    def unfinished(self) -> int:
        """How many tasks aren't known to have ended."""
        return max(self.total - self.ended, 0)

    def counts(self) -> TaskCounts:
        """Return how many tasks are in which state."""
        return TaskCounts(
            active=max(self.unfinished - len(self.running), 0),
            running=len(self.running),
            succeeded=len(self.succeeded),
            failed=len(self.failures),
        )

    def has_ended(self, task: str) -> bool:
        """Return whether a task is known to have ended."""
        return task in self.succeeded or task in self.failures

    def note_running(self, task: TaskStatus) -> bool:
        """Count a task that runs, unless it has ended since; return whether it's new there."""
        if self.has_ended(task.id):
            return False
        before = self.running.get(task.id)
        self.running[task.id] = task
        return before is None or (before.node, before.started) != (task.node, task.started)

    def note_success(self, task: TaskStatus) -> None:
        """Count a task that succeeded."""
        self.running.pop(task.id, None)
        self.succeeded.add(task.id)

    def note_failure(self, failure: FailedTask) -> None:
        """Count a task that failed."""
        self.running.pop(failure.task, None)
        self.failures[failure.task] = failure

    def correct(self, counts: TaskCounts) -> bool:
        """Update the counts; return True when the running tasks are to be listed again.

        That's so when the service twice counted fewer running tasks than are known here: one that
        was requeued isn't among those that started or ended since. The service counts with a delay,
        so what is known to have ended stays so.
        """
        self.total = max(counts.total, self.ended + len(self.running))
        had_too_many, self._has_too_many = self._has_too_many, counts.running < len(self.running)
        return self._has_too_many and (had_too_many or not counts.running)

    def misses_ends(self, counts: TaskCounts) -> bool:
        """Return True when the ended tasks are to be listed again from the first one on.

        That's so when the service twice counted more ended tasks than are known here, and none
        runs. A list of what changed is read page by page: a task that ends behind the page being
        read can be passed over, and older than what is on the last page.
        """
        has_too_few = not counts.running and counts.succeeded + counts.failed > self.ended
        had_too_few, self._has_too_few = self._has_too_few, has_too_few
        return has_too_few and had_too_few

    def replace_running(self, tasks: Iterable[TaskStatus]) -> tuple[str, ...]:
        """Count these tasks, and no others, as running; return those that don't run any more."""
        before = tuple(self.running)
        self.running.clear()
        for task in tasks:
            self.note_running(task)
        return tuple(task for task in before if task not in self.running)


class FileTally:
    """Counts the files that are encoded, those that failed, and the outputs that are made.

    `items` are those of a job some of whose files have several tasks, by their tasks' ids. Without
    them each task is a file, with one output.
    """

    def __init__(self, items: Mapping[str, Item] | None = None) -> None:
        self.encoded = 0
        self.outputs = 0
        self.failed: set[str] = set()
        self._items = items
        self._succeeded: dict[str, int] = {}

    def note_success(self, task: TaskStatus) -> bool:
        """Count a task that succeeded; return whether its file is encoded by that."""
        item = self._items.get(task.id) if self._items is not None else None
        if item is None:
            self.encoded += 1
            self.outputs += 1
            return True
        done = self._succeeded.get(item.relative, 0) + 1
        self._succeeded[item.relative] = done
        if done < len(item.tasks):
            return False
        self.encoded += 1
        self.outputs += len(item.to_make)
        return True

    def note_failure(self, task: TaskStatus) -> None:
        """Count a task that failed: its file has failed, however many of its tasks have."""
        self.failed.add(task.name if self._items is not None else task.id)
