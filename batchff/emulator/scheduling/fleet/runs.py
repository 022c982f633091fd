"""What runs on the nodes: a run is a task on a node, from its assignment to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from batchff.emulator.nodes.execution import Outcome
from batchff.emulator.scheduling.fleet.member import Run
from batchff.emulator.state.model import Failure, Job, Task
from batchff.emulator.state.times import SECOND, UNLIMITED, parse_duration

_LOG = logging.getLogger(__name__)

_INTERNAL = Failure(
    "InternalError", "The emulator failed to run the task; its log says why", (), "ServerError"
)


class Runs:
    """All the runs there are."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[int, str], Run] = {}
        self._by_job: dict[int, set[Run]] = {}

    def add(self, run: Run) -> None:
        """Take in a run that begins."""
        self._by_key[run.key] = run
        self._by_job.setdefault(run.job.seq, set()).add(run)

    def remove(self, run: Run) -> None:
        """Forget a run that is over."""
        del self._by_key[run.key]
        of_job = self._by_job[run.job.seq]
        of_job.remove(run)
        if not of_job:
            del self._by_job[run.job.seq]

    def of_task(self, task: Task) -> Run | None:
        """Give the run of a task; None where it doesn't run."""
        run = self._by_key.get((task.job, task.key))
        return run if run is not None and run.task.seq == task.seq else None

    def is_taken(self, task: Task) -> bool:
        """Tell whether a task of the same job and id runs: perhaps one that was removed."""
        return (task.job, task.key) in self._by_key

    def of_job(self, job: Job) -> list[Run]:
        """Give the runs of a job."""
        return list(self._by_job.get(job.seq, ()))

    def count_of(self, job: Job) -> int:
        """Tell how many tasks of a job run."""
        return len(self._by_job.get(job.seq, ()))

    def any_of(self, job: Job) -> bool:
        """Tell whether a task of a job runs."""
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
