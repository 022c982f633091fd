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
    by_task: defaultdict[str, list[WaitingTask]] = defaultdict(list)
    with_ranges = []
    for task in waiting:
        for before in task.after:
            by_task[before.lower()].append(task)
        if task.after_ranges:
            with_ranges.append(task)
    found: dict[str, WaitingTask] = {}
    numbers: list[int] = []
    new = list(failed)
    while new:
        while new:
            key = new.pop().lower()
            if _NUMBER.fullmatch(key):
                insort(numbers, int(key))
            for task in by_task.pop(key, ()):
                if task.id not in found:
                    found[task.id] = task
                    new.append(task.id)
        still = []
        for task in with_ranges:
            if task.id in found:
                continue
            if not any(_holds_one_of(numbers, *limits) for limits in task.after_ranges):
                still.append(task)
                continue
            found[task.id] = task
            new.append(task.id)
            if _NUMBER.fullmatch(task.id):
                insort(numbers, int(task.id))  # at once, for the ranges that follow
        with_ranges = still
    return list(found.values())


class BlockedWatcher:
    """Looks for tasks that can never run, and tells of them; asks only where there may be some."""

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
