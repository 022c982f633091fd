"""The table of jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from batchff.emulator.state.model import Job, JobSchedule
from batchff.emulator.state.states import JobState
from batchff.emulator.state.store.database import Database, Table

_GOES_ON = "state IN ('active', 'disabling', 'disabled')"
"""A job that is disabled runs out of its time too."""
_ABOVE_ALL = 1001
"""Higher than any job's priority."""
_SERVED_AT_ONCE = 4


class Jobs(Table[Job]):
    """The jobs."""

    order = "(state = 'completed') || key"
    """The service lists those first that aren't completed."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "jobs",
            Job,
            {"document": json.loads, "state": JobState, "previous_state": JobState},
        )

    def find(self, job_id: str) -> Job | None:
        """Give the job of an id, whatever its case; None where there is none."""
        return self.first("key = ?", job_id.lower())

    def get(self, seq: int) -> Job | None:
        """Give the job of a `seq`; None where it is gone."""
        return self.first("seq = ?", seq)

    def with_queue(self, pool_key: str) -> Iterator[Job]:
        """Give a pool's active jobs that have tasks to run, in the order they are served.

        They are read few by few: mostly the first ones take all that is free.
        """
        condition = (
            "pool = ? AND state = 'active' AND (priority < ? OR priority = ? AND seq > ?)"
            " AND EXISTS"
            " (SELECT 1 FROM tasks WHERE job = jobs.seq AND tasks.state = 'active' AND waits = 0)"
            " ORDER BY priority DESC, seq LIMIT ?"
        )
        last = (_ABOVE_ALL, _ABOVE_ALL, 0)
        while jobs := self.select(condition, pool_key, *last, _SERVED_AT_ONCE):
            yield from jobs
            last = (jobs[-1].priority, jobs[-1].priority, jobs[-1].seq)

    def going_on(self) -> list[Job]:
        """Give the jobs that may still come to an end by themselves."""
        return self.select(_GOES_ON)

    def of_schedule(self, schedule: JobSchedule) -> list[Job]:
        """Give the jobs that a schedule has made."""
        return self.select("schedule = ?", schedule.seq)

    def unfinished_of(self, schedule: JobSchedule) -> Job | None:
        """Give the job of a schedule that isn't completed; there is at most one."""
        return self.first("schedule = ? AND state != 'completed'", schedule.seq)

    def leaving(self) -> list[Job]:
        """Give the jobs that are being disabled, terminated or deleted."""
        return self.select("state IN ('disabling', 'terminating', 'deleting')")

    def overdue(self, now: int) -> list[Job]:
        """Give the jobs whose time is over and that haven't ended."""
        return self.select(f"{_GOES_ON} AND deadline <= ?", now)

    def ending_empty(self) -> list[Job]:
        """Give the active jobs that are to end with their tasks, and have none."""
        return self.select(
            "state = 'active' AND NOT EXISTS (SELECT 1 FROM tasks WHERE job = jobs.seq)"
            " AND json_extract(document, '$.onAllTasksComplete') = 'terminatejob'"
        )

    def next_deadline(self) -> int | None:
        """Tell when the next job's time is over; None where none has a limit."""
        sql = f"SELECT min(deadline) FROM jobs WHERE {_GOES_ON}"
        deadline: int | None = self._execute(sql, ()).fetchone()[0]
        return deadline
