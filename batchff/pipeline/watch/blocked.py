"""Tasks that can never run: they wait, directly or through others, behind one that failed.

The service leaves them active for ever (Task - Add: `dependencyAction`), so whoever waits for a job
has to see it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.events.jobs import TasksUnreachable
from batchff.model.jobs import WaitingTask
from batchff.pipeline.watch.counts import TaskTally

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_NUMBER = re.compile(r"-?\d+", re.ASCII)
_NAMES_TOLD = 100


def find_unreachable(job: str, batch: Batch) -> list[WaitingTask]:
    """Return the tasks of a job that wait behind one that failed."""
    return behind(batch.tasks.holding_back_others(job), batch.tasks.waiting(job))


def behind(failed: Iterable[str], waiting: Iterable[WaitingTask]) -> list[WaitingTask]:
    """Return those of the tasks that come after one of the failed ones, also through each other."""
    search = _Search(waiting)
    reached = list(failed)
    while reached:
        search.follow(reached)
        reached = search.follow_ranges()
    return list(search.found.values())


class _Search:
    """A walk along dependencies, from tasks that failed to all that wait for them."""

    def __init__(self, waiting: Iterable[WaitingTask]) -> None:
        self.found: dict[str, WaitingTask] = {}
        self._by_task: defaultdict[str, list[WaitingTask]] = defaultdict(list)
        self._with_ranges: list[WaitingTask] = []
        self._numbers: list[int] = []
        """The ids of reached tasks that are numbers, in order."""
        for task in waiting:
            for before in task.after:
                self._by_task[before.lower()].append(task)
            if task.after_ranges:
                self._with_ranges.append(task)

    def follow(self, reached: list[str]) -> None:
        """Find the tasks that wait for these by their ids, through each other as well."""
        while reached:
            key = reached.pop().lower()
            self._note_number(key)
            for task in self._by_task.pop(key, ()):
                if task.id not in self.found:
                    self.found[task.id] = task
                    reached.append(task.id)

    def follow_ranges(self) -> list[str]:
        """Find the tasks that wait for a range with a reached task in it; return their ids."""
        new, left = [], []
        for task in self._with_ranges:
            if task.id in self.found:
                continue
            if not any(_holds_one_of(self._numbers, *limits) for limits in task.after_ranges):
                left.append(task)
                continue
            self.found[task.id] = task
            new.append(task.id)
            self._note_number(task.id)  # at once, for the ranges that follow
        self._with_ranges = left
        return new

    def _note_number(self, task: str) -> None:
        if _NUMBER.fullmatch(task):
            insort(self._numbers, int(task))


class BlockedWatcher:
    """Looks for tasks that can never run, and reports them; asks only where there may be some."""

    def __init__(self, job: str, batch: Batch, reporter: Reporter) -> None:
        self._job = job
        self._batch = batch
        self._reporter = reporter
        self._seen: tuple[int, int] | None = None
        self.count = 0

    def look(self, tally: TaskTally) -> None:
        """Count them, where something has changed since the last look that could make some."""
        state = (tally.total, tally.ended)
        if self._seen == state:
            return
        self._seen = state
        tasks = find_unreachable(self._job, self._batch)
        if len(tasks) > self.count:
            names = tuple(task.name for task in tasks[:_NAMES_TOLD])
            self._reporter.report(TasksUnreachable(self._job, len(tasks), names))
        self.count = len(tasks)


def _holds_one_of(numbers: list[int], first: int, last: int) -> bool:
    index = bisect_left(numbers, first)
    return index < len(numbers) and numbers[index] <= last
