"""The store's tables, each with the questions that operations and the scheduler ask of it."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from batchff.emulator.batch.lifecycle import task_requeued
from batchff.emulator.batch.model import (
    AllocationState,
    Deallocation,
    Job,
    JobState,
    Node,
    NodeState,
    Pool,
    PoolState,
    Result,
    Scheduling,
    Task,
    TaskState,
)
from batchff.emulator.batch.store.database import Database, Table, Where
from batchff.emulator.batch.store.dependencies import Dependencies
from batchff.emulator.batch.times import to_ticks
from batchff.emulator.clock import Clock

_LOG = logging.getLogger(__name__)

EVERYTHING = Where("1")

_GOES_ON = "state IN ('active', 'disabling', 'disabled')"
"""A job that is disabled runs out of its time too."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tasks are in one state with one result, and the slots that they require."""

    state: TaskState
    result: Result | None
    tasks: int
    slots: int


class Pools(Table[Pool]):
    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "pools",
            Pool,
            {
                "document": json.loads,
                "resize_errors": json.loads,
                "state": PoolState,
                "allocation_state": AllocationState,
                "deallocation": Deallocation,
                "autoscale_run": json.loads,
            },
        )

    def find(self, pool_id: str) -> Pool | None:
        return self.first("key = ?", pool_id.lower())

    def all(self) -> list[Pool]:
        return self.select("1 ORDER BY seq")

    def autoscaling(self) -> list[Pool]:
        """Give the pools that scale themselves."""
        return self.select("state = 'active' AND autoscale_due IS NOT NULL ORDER BY seq")


class Nodes(Table[Node]):
    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "nodes",
            Node,
            {
                "state": NodeState,
                "dedicated": bool,
                "start_task": json.loads,
                "start_task_info": json.loads,
                "scheduling": Scheduling,
            },
        )

    def find(self, pool: Pool, node_id: str) -> Node | None:
        return self.first("pool = ? AND id = ?", pool.seq, node_id)

    def find_anywhere(self, node_id: str) -> Node | None:
        return self.first("id = ?", node_id)

    def of_pool(self, pool: Pool) -> list[Node]:
        return self.select("pool = ? ORDER BY seq", pool.seq)


class Jobs(Table[Job]):
    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "jobs",
            Job,
            {"document": json.loads, "state": JobState, "previous_state": JobState},
        )

    def find(self, job_id: str) -> Job | None:
        return self.first("key = ?", job_id.lower())

    def get(self, seq: int) -> Job | None:
        return self.first("seq = ?", seq)

    def with_queue(self, pool_key: str) -> list[Job]:
        """Give a pool's active jobs that have tasks to run, in the order they are served."""
        return self.select(
            "pool = ? AND state = 'active' AND EXISTS"
            " (SELECT 1 FROM tasks WHERE job = jobs.seq AND tasks.state = 'active' AND waits = 0)"
            " ORDER BY priority DESC, seq",
            pool_key,
        )

    def leaving(self) -> list[Job]:
        """Give the jobs that are being disabled, terminated or deleted."""
        return self.select("state IN ('disabling', 'terminating', 'deleting')")

    def overdue(self, now: int) -> list[Job]:
        return self.select(f"{_GOES_ON} AND deadline <= ?", now)

    def next_deadline(self) -> int | None:
        sql = f"SELECT min(deadline) FROM jobs WHERE {_GOES_ON}"
        deadline: int | None = self._execute(sql, ()).fetchone()[0]
        return deadline


class Tasks(Table[Task]):
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
        return self.first("job = ? AND key = ?", job.seq, task_id.lower())

    def get(self, seq: int) -> Task | None:
        return self.first("seq = ?", seq)

    def queue(self, job: Job, after: int, limit: int) -> list[Task]:
        """Give a job's tasks to run, oldest first, behind the one whose `seq` is `after`."""
        condition = Where("job = ? AND state = 'active' AND waits = 0", (job.seq,))
        return self.page(condition, after, limit)

    def interrupted(self) -> list[Task]:
        """Give the tasks that stand as assigned to a node, whatever their job."""
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

    def remove_some(self, job: Job, limit: int) -> int:
        """Delete up to `limit` tasks of a job and tell how many they were."""
        sql = "DELETE FROM tasks WHERE seq IN (SELECT seq FROM tasks WHERE job = ? LIMIT ?)"
        return self._execute(sql, (job.seq, limit)).rowcount

    def expired(self, now: int) -> list[Task]:
        """Give tasks whose directory was kept long enough, up to a thousand."""
        return self.select("expires <= ? LIMIT 1000", now)

    def next_expiry(self) -> int | None:
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
            " AND nodes.state NOT IN ('starttaskfailed', 'unusable', 'offline')))"
            " AND EXISTS (SELECT 1 FROM tasks"
            " WHERE job = jobs.seq AND tasks.state = 'active' AND waits = 0))"
        )
        return bool(self._execute(sql, ()).fetchone()[0])


class Processes:
    """The process groups that run now, kept so that the next start can end what outlived this.

    A full disk keeps no process from running or ending: a record that can't be written is logged.
    """

    def __init__(self, database: Database) -> None:
        self._connection: sqlite3.Connection = database.connection

    def add(self, process_group: int, started: str) -> None:
        sql = "INSERT OR REPLACE INTO processes (process_group, started) VALUES (?, ?)"
        self._write(sql, process_group, started)

    def remove(self, process_group: int) -> None:
        self._write("DELETE FROM processes WHERE process_group = ?", process_group)

    def clear(self) -> None:
        self._connection.execute("DELETE FROM processes")

    def all(self) -> list[tuple[int, str]]:
        rows = self._connection.execute("SELECT process_group, started FROM processes")
        return [(row[0], row[1]) for row in rows]

    def _write(self, sql: str, *values: object) -> None:
        try:
            self._connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            _LOG.warning("the processes' record could not be written: %s", error)


class Store:
    """All the tables, and the ticks that their rows are stamped with."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._last_tick = 0
        self.pools = Pools(database)
        self.nodes = Nodes(database)
        self.jobs = Jobs(database)
        self.tasks = Tasks(database)
        self.dependencies = Dependencies(database)
        self.processes = Processes(database)

    def tick(self) -> int:
        """Tell the time in ticks, never the same twice: ETags are made from it."""
        self._last_tick = max(self._last_tick + 1, to_ticks(self._clock.now()))
        return self._last_tick

    def transaction(self) -> AbstractContextManager[None]:
        return self._database.transaction()

    def close(self) -> None:
        self._database.close()

    def requeue_interrupted(self) -> int:
        """Put the tasks of an earlier life back in their queues, as after a node's reboot."""
        with self.transaction():
            tasks = self.tasks.interrupted()
            for task in tasks:
                self.tasks.save(task_requeued(task, self.tick()))
        return len(tasks)


def open_store(path: Path, clock: Clock) -> Store:
    """Open the database file, making it and its tables where they don't stand yet."""
    return Store(Database(path), clock)
