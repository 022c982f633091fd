"""The table of tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from batchff.emulator.state.model import Job, Pool, Task
from batchff.emulator.state.states import Result, TaskState
from batchff.emulator.state.store.database import Database, Table, Where


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tasks are in one state with one result, and the slots that they require."""

    state: TaskState
    result: Result | None
    tasks: int
    slots: int


class ListedTask(NamedTuple):
    """A task as lists show it: as `Task`, but what the store keeps as text is text."""

    seq: int
    id: str
    document: str
    state: str
    state_time: int
    previous_state: str | None
    previous_state_time: int | None
    created: int
    modified: int
    pool: str | None
    node: str | None
    started: int | None
    ended: int | None
    exit_code: int | None
    result: str | None
    failure: str | None
    retries: int
    last_retry: int | None
    requeues: int
    last_requeue: int | None


_LISTED = ", ".join(ListedTask._fields)


class Tasks(Table[Task]):
    """The tasks of all jobs."""

    order = "key"

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "tasks",
            Task,
            {
                "document": json.loads,
                "failure": json.loads,
                "state": TaskState,
                "previous_state": TaskState,
                "result": Result,
                "satisfied": bool,
            },
        )

    def find(self, job: Job, task_id: str) -> Task | None:
        """Give a job's task by its id, whatever its case; None where there is none."""
        return self.first("job = ? AND key = ?", job.seq, task_id.lower())

    def get(self, seq: int) -> Task | None:
        """Give the task of a `seq`; None where it is gone."""
        return self.first("seq = ?", seq)

    def get_all(self, seqs: list[int]) -> dict[int, Task]:
        """Give those of these tasks that are there."""
        marks = ", ".join("?" * len(seqs))
        return {task.seq: task for task in self.select(f"seq IN ({marks})", *seqs)}

    def listed(
        self, where: Where, after: str | None, limit: int, *, documents: bool = True
    ) -> list[ListedTask]:
        """Give a page as `page` does, for showing; without their documents, it's read faster."""
        columns = _LISTED if documents else _LISTED.replace("document", "'{}'")
        return list(map(ListedTask._make, self._page(columns, where, after, limit)))

    def queue(self, job: Job, after: int, limit: int) -> list[Task]:
        """Give a job's tasks to run, oldest first, behind the one whose `seq` is `after`."""
        condition = "job = ? AND state = 'active' AND waits = 0 AND seq > ? ORDER BY seq LIMIT ?"
        return self.select(
            f"seq IN (SELECT seq FROM tasks WHERE {condition}) ORDER BY seq",
            *(job.seq, after, limit),
        )

    def interrupted(self) -> list[Task]:
        """Give the tasks that are assigned to a node, whatever their job."""
        return self.select("job IN (SELECT seq FROM jobs) AND state IN ('preparing', 'running')")

    def of_node(self, node_id: str, limit: int) -> list[Task]:
        """Give a node's tasks, those that run first, then the latest that ended."""
        return self.select(
            "node = ? ORDER BY ended IS NOT NULL, ended DESC LIMIT ?", node_id, limit
        )

    def tally(self, job: Job) -> Iterator[Tally]:
        """Count a job's tasks by state and result, as one look at an index."""
        sql = (
            "SELECT state, result, count(*), sum(required_slots) FROM tasks"
            " WHERE job = ? GROUP BY state, result"
        )
        for state, result, tasks, slots in self._execute(sql, (job.seq,)):
            yield Tally(TaskState(state), Result(result) if result else None, tasks, slots)

    def tally_of_pool(self, pool: Pool) -> Iterator[Tally]:
        """Count the tasks of a pool's jobs, leaving out active ones that can't run as it is."""
        sql = (
            "SELECT tasks.state, result, count(*), sum(required_slots) FROM jobs"
            " JOIN tasks ON tasks.job = jobs.seq"
            " WHERE jobs.pool = ?"
            " AND (jobs.state = 'active' AND waits = 0 OR tasks.state != 'active')"
            " GROUP BY tasks.state, result"
        )
        for state, result, tasks, slots in self._execute(sql, (pool.key,)):
            yield Tally(TaskState(state), Result(result) if result else None, tasks, slots)

    def all_completed(self, job: Job) -> bool:
        """Tell whether no task of a job is left to do; a job without tasks has none left."""
        sql = (
            "SELECT NOT EXISTS (SELECT 1 FROM tasks WHERE job = ?"
            " AND state IN ('active', 'preparing', 'running'))"
        )
        return bool(self._execute(sql, (job.seq,)).fetchone()[0])

    def any_of(self, job: Job) -> bool:
        """Tell whether a job has tasks."""
        sql = "SELECT EXISTS (SELECT 1 FROM tasks WHERE job = ?)"
        return bool(self._execute(sql, (job.seq,)).fetchone()[0])

    def remove_some(self, job: Job, limit: int) -> int:
        """Delete up to `limit` tasks of a job. Return how many were deleted."""
        sql = "DELETE FROM tasks WHERE seq IN (SELECT seq FROM tasks WHERE job = ? LIMIT ?)"
        return self._execute(sql, (job.seq, limit)).rowcount

    def expired(self, now: int) -> list[Task]:
        """Give tasks whose directory was kept long enough, up to a hundred."""
        return self.select("expires <= ? LIMIT 100", now)

    def next_expiry(self) -> int | None:
        """Tell when the next task's directory is to be deleted; None where none is."""
        sql = "SELECT min(expires) FROM tasks WHERE expires IS NOT NULL"
        expiry: int | None = self._execute(sql, ()).fetchone()[0]
        return expiry

    def kept_until(self, node_id: str) -> int:
        """Tell until when a node keeps the directories of ended tasks; 0 where it keeps none."""
        sql = "SELECT coalesce(max(expires), 0) FROM tasks WHERE node = ?"
        moment: int = self._execute(sql, (node_id,)).fetchone()[0]
        return moment

    def any_waiting(self) -> bool:
        """Tell whether an active task of an active job waits on a pool that has or may get nodes.

        Nodes that will never be ready don't count, nor tasks that wait for other tasks.
        """
        sql = (
            "SELECT EXISTS (SELECT 1 FROM jobs JOIN pools ON pools.key = jobs.pool"
            " WHERE jobs.state = 'active'"
            " AND (pools.autoscale_due IS NOT NULL"
            " OR EXISTS (SELECT 1 FROM nodes WHERE nodes.pool = pools.seq"
            " AND (nodes.returns IS NOT NULL"
            " OR nodes.state NOT IN ('starttaskfailed', 'unusable', 'offline',"
            " 'deallocating', 'deallocated'))))"
            " AND EXISTS (SELECT 1 FROM tasks"
            " WHERE job = jobs.seq AND tasks.state = 'active' AND waits = 0))"
        )
        return bool(self._execute(sql, ()).fetchone()[0])
