"""What runs on the nodes: a run is a task on a node, from its assignment to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from batchff.emulator.batch.model import Failure, Job, Task
from batchff.emulator.batch.times import SECOND, UNLIMITED, parse_duration
from batchff.emulator.nodes.execution import Outcome

if TYPE_CHECKING:
    from batchff.emulator.scheduling.fleet import Member

_LOG = logging.getLogger(__name__)

_INTERNAL = Failure(
    "InternalError", "The emulator failed to run the task; its log says why", (), "servererror"
)


class Ending(Enum):
    """Why a run is ended before its command has."""

    REQUEUE = auto()
    """Its node leaves, or takes no more: the task becomes active again."""
    UNPREPARED = auto()
    """Its job's preparation task failed on its node: the task becomes active again, for others."""
    TERMINATE = auto()
    """Its job or node ends it: the task is completed as ended."""
    DROPPED = auto()
    """Its task was completed or removed meanwhile."""
    ABANDON = auto()
    """The service stops: the task stays as it is and is requeued at the next start."""


@dataclass(eq=False)
class Run:
    """A task on a node, from its assignment until nothing of it is left running."""

    job: Job
    task: Task
    member: Member
    work: asyncio.Task[Outcome] | None = None
    ending: Ending | None = None

    @property
    def key(self) -> tuple[int, str]:
        """What tells tasks from each other: two of one job and id would share a directory."""
        return self.task.job, self.task.key

    @property
    def slots(self) -> int:
        """The slots that it takes: all of its node's where the task is to be alone on it."""
        manager = self.job.manager
        if manager is not None and manager["runExclusive"] and self.job.is_managed_by(self.task):
            return self.member.slots
        return self.task.required_slots

    def stop(self, ending: Ending) -> None:
        """End it, unless it has ended; the first reason counts."""
        if self.ending is None and self.work is not None and not self.work.done():
            self.ending = ending
            self.work.cancel()


class Runs:
    """All the runs there are."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[int, str], Run] = {}
        self._by_job: dict[int, set[Run]] = {}

    def add(self, run: Run) -> None:
        self._by_key[run.key] = run
        self._by_job.setdefault(run.job.seq, set()).add(run)

    def remove(self, run: Run) -> None:
        del self._by_key[run.key]
        of_job = self._by_job[run.job.seq]
        of_job.remove(run)
        if not of_job:
            del self._by_job[run.job.seq]

    def of_task(self, task: Task) -> Run | None:
        run = self._by_key.get((task.job, task.key))
        return run if run is not None and run.task.seq == task.seq else None

    def is_taken(self, task: Task) -> bool:
        """Tell whether a task of the same job and id runs: perhaps one that was removed."""
        return (task.job, task.key) in self._by_key

    def of_job(self, job: Job) -> list[Run]:
        return list(self._by_job.get(job.seq, ()))

    def any_of(self, job: Job) -> bool:
        return job.seq in self._by_job

    def __iter__(self) -> Iterator[Run]:
        return iter(list(self._by_key.values()))

    def __len__(self) -> int:
        return len(self._by_key)


def outcome_of(work: asyncio.Task[Outcome], what: str) -> Outcome:
    """Give how a command ended; what the emulator itself got wrong is the command's failure."""
    error = work.exception()
    if error is None:
        return work.result()
    _LOG.error("%s could not be run", what, exc_info=error)
    return Outcome(None, _INTERNAL)


def seconds_of(time_limit: str) -> float | None:
    """Give a command's maxWallClockTime in seconds; None where there is no limit."""
    limit = parse_duration(time_limit)
    return limit / SECOND if limit < UNLIMITED else None
