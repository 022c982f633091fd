"""All that the Batch service keeps, table by table."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from batchff.emulator.clock import Clock
from batchff.emulator.state.store.database import Database
from batchff.emulator.state.store.dependencies import Dependencies
from batchff.emulator.state.store.job_schedules import JobSchedules
from batchff.emulator.state.store.jobs import Jobs
from batchff.emulator.state.store.nodes import Nodes
from batchff.emulator.state.store.pools import Pools
from batchff.emulator.state.store.preparations import Preparations
from batchff.emulator.state.store.processes import Processes
from batchff.emulator.state.store.tasks import Tasks
from batchff.emulator.state.times import to_ticks
from batchff.emulator.state.transitions import task_requeued


class Store:
    """All the tables, and the ticks that their rows are stamped with."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._last_tick = 0
        self.pools = Pools(database)
        self.nodes = Nodes(database)
        self.jobs = Jobs(database)
        self.job_schedules = JobSchedules(database)
        self.tasks = Tasks(database)
        self.dependencies = Dependencies(database)
        self.preparations = Preparations(database)
        self.processes = Processes(database)

    def tick(self) -> int:
        """Tell the time in ticks, never the same twice: ETags are made from it."""
        self._last_tick = max(self._last_tick + 1, to_ticks(self._clock.now()))
        return self._last_tick

    def latest(self) -> int:
        """Give the time at which a state was last reached, in ticks; 0 where nothing is stored."""
        tables = ("pools", "nodes", "jobs", "tasks")
        each = " UNION ALL ".join(f"SELECT max(state_time) AS time FROM {name}" for name in tables)
        sql = f"SELECT coalesce(max(time), 0) FROM ({each})"
        moment: int = self._database.connection.execute(sql).fetchone()[0]
        return moment

    def transaction(self) -> AbstractContextManager[None]:
        """Write all that is written inside, or nothing."""
        return self._database.transaction()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def requeue_interrupted(self) -> int:
        """Requeue the tasks that ran when the service ended, as after a node's reboot."""
        with self.transaction():
            tasks = self.tasks.interrupted()
            for task in tasks:
                self.tasks.save(task_requeued(task, self.tick()))
        return len(tasks)


def open_store(path: Path, clock: Clock) -> Store:
    """Open the database file, making it and its tables where they don't exist."""
    return Store(Database(path), clock)
