"""Where the tasks of a job stand, kept from what changed between two looks."""

from __future__ import annotations

from collections.abc import Iterable

from batchff.model.jobs import FailedTask, TaskCounts, TaskStatus

STARTED = ("preparing", "running", "completed")
"""The states to ask for: active tasks are those that are left over."""


class TaskTally:
    """Counts a job's tasks without asking for all of them; `total` is how many there are."""

    def __init__(self) -> None:
        self.total = 0
        self.running: dict[str, str] = {}
        """The files of the tasks that run, by task."""
        self.succeeded: set[str] = set()
        self.failures: dict[str, FailedTask] = {}
        self._has_too_many = self._has_too_few = False

    @property
    def ended(self) -> int:
        return len(self.succeeded) + len(self.failures)

    @property
    def unfinished(self) -> int:
        return max(self.total - self.ended, 0)

    def counts(self) -> TaskCounts:
        return TaskCounts(
            active=max(self.unfinished - len(self.running), 0),
            running=len(self.running),
            succeeded=len(self.succeeded),
            failed=len(self.failures),
        )

    def has_ended(self, task: str) -> bool:
        return task in self.succeeded or task in self.failures

    def note_running(self, task: TaskStatus) -> None:
        if not self.has_ended(task.id):
            self.running[task.id] = task.name

    def note_success(self, task: TaskStatus) -> None:
        self.running.pop(task.id, None)
        self.succeeded.add(task.id)

    def note_failure(self, failure: FailedTask) -> None:
        self.running.pop(failure.task, None)
        self.failures[failure.task] = failure

    def correct(self, counts: TaskCounts) -> bool:
        """Take over how many tasks the service counts; say whether those that run aren't known.

        It counts with a delay, so what is known to have ended stays so. A task that was requeued
        isn't among those that started or ended since; two times too many run then.
        """
        self.total = max(counts.total, self.ended + len(self.running))
        had_too_many, self._has_too_many = self._has_too_many, counts.running < len(self.running)
        return self._has_too_many and (had_too_many or not counts.running)

    def misses_ends(self, counts: TaskCounts) -> bool:
        """Say whether tasks have ended unnoticed: two times the service counts more, and none runs.

        A list of what changed is read page by page: a task that ends behind the page being read
        can be passed over, and older than what stands on the last page.
        """
        has_too_few = not counts.running and counts.succeeded + counts.failed > self.ended
        had_too_few, self._has_too_few = self._has_too_few, has_too_few
        return has_too_few and had_too_few

    def replace_running(self, tasks: Iterable[TaskStatus]) -> None:
        """Know these tasks, and no others, as running."""
        self.running.clear()
        for task in tasks:
            self.note_running(task)
