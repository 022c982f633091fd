"""What is due at a time: ends of overdue jobs and resizes, deletions of old directories."""

from __future__ import annotations

from collections.abc import Callable

from batchff.emulator.clock import Clock
from batchff.emulator.scheduling.loops.watch import Watch
from batchff.emulator.scheduling.retention import Retention
from batchff.emulator.state.model import Job, Pool
from batchff.emulator.state.store import Store
from batchff.emulator.state.times import SECOND
from batchff.emulator.state.transitions import empty_job_end, resize_deadline

_LONGEST_WAIT = 60.0


class Deadlines:
    """Watches the deadlines of jobs and resizes, and the retention times of tasks' directories."""

    def __init__(
        self,
        store: Store,
        retention: Retention,
        clock: Clock,
        on_overdue: Callable[[Job], None],
        on_empty: Callable[[Job], object],
        on_late: Callable[[Pool], None],
    ) -> None:
        self._store = store
        self._retention = retention
        self._on_overdue = on_overdue
        self._on_empty = on_empty
        self._on_late = on_late
        self._watch = Watch(clock, self._look)

    def look_again(self) -> None:
        """A deadline may have moved."""
        self._watch.look_again()

    async def run(self) -> None:
        """Watch for ever."""
        await self._watch.run()

    def _look(self) -> float:
        """Do what is due. Return after how many seconds more will be."""
        now = self._store.tick()
        for job in self._store.jobs.overdue(now):
            self._on_overdue(job)
        for job in self._store.jobs.ending_empty():
            if empty_job_end(job) <= now:
                self._on_empty(job)
        self._retention.delete_expired(now)
        for pool in self._store.pools.resizing():
            if resize_deadline(pool) <= now:
                self._on_late(pool)
        due = [
            self._store.jobs.next_deadline(),
            self._retention.next_expiry(),
            *map(resize_deadline, self._store.pools.resizing()),
            *map(empty_job_end, self._store.jobs.ending_empty()),
        ]
        waits = [(moment - now) / SECOND for moment in due if moment is not None]
        return max(min(waits, default=_LONGEST_WAIT), 0)
