"""Pools that were made for one job, and go when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from batchff.emulator.batch.model import Job, PoolState
from batchff.emulator.batch.store import Store


class AutoPools:
    """Deletes the pools that jobs leave behind."""

    def __init__(self, store: Store, on_change: Callable[[str], None]) -> None:
        self._store = store
        self._on_change = on_change

    def job_ended(self, job: Job) -> None:
        """Delete the pool that was made for a job, unless it is to be kept alive."""
        if job.auto_pool is None:
            return
        specification = job.document["poolInfo"]["autoPoolSpecification"]
        pool = self._store.pools.find(job.auto_pool)
        if pool is None or pool.state is PoolState.DELETING or specification.get("keepAlive"):
            return
        now = self._store.tick()
        deleting = replace(pool, state=PoolState.DELETING, state_time=now, modified=now)
        self._store.pools.save(deleting)
        self._on_change(pool.key)
