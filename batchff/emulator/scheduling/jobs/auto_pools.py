"""Pools that were made for one job, or for the jobs of one schedule, and go when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from batchff.emulator.state.creation import lives_with_schedule
from batchff.emulator.state.model import Document, Job, JobSchedule
from batchff.emulator.state.states import PoolState
from batchff.emulator.state.store import Store


class AutoPools:
    """Deletes the pools that jobs and schedules leave behind, unless they are to be kept alive."""

    def __init__(self, store: Store, on_change: Callable[[str], None]) -> None:
        self._store = store
        self._on_change = on_change

    def job_ended(self, job: Job) -> None:
        """Delete the pool that was made for a job alone."""
        if job.auto_pool is not None:
            specification = job.document["poolInfo"]["autoPoolSpecification"]
            if not lives_with_schedule(specification):
                self._end(job.auto_pool, specification)

    def schedule_ended(self, schedule: JobSchedule) -> None:
        """Delete the pool that was made for the jobs of a schedule."""
        if schedule.auto_pool is not None:
            pool_info = schedule.document["jobSpecification"]["poolInfo"]
            self._end(schedule.auto_pool, pool_info.get("autoPoolSpecification", {}))

    def _end(self, pool_id: str, specification: Document) -> None:
        pool = self._store.pools.find(pool_id)
        if pool is None or pool.state is PoolState.DELETING or specification.get("keepAlive"):
            return
        now = self._store.tick()
        deleting = replace(pool, state=PoolState.DELETING, state_time=now, modified=now)
        self._store.pools.save(deleting)
        self._on_change(pool.key)
