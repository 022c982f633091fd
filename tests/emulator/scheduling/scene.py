"""The scheduler alone, without HTTP, with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from batchff.emulator.clock import Clock
from batchff.emulator.root import open_root
from batchff.emulator.scheduling.pools.allocation import AccountAddress
from batchff.emulator.scheduling.scheduler import Scheduler, SchedulerOptions
from batchff.emulator.state.creation import new_job_schedule, new_pool, new_task
from batchff.emulator.state.defaults import complete_task
from batchff.emulator.state.model import Job, JobSchedule, Node, Pool, Task
from batchff.emulator.state.states import TaskState
from batchff.emulator.state.store import Store, open_store
from batchff.emulator.state.store.job_creation import create_job
from batchff.emulator.state.store.waiting_tasks import add_task
from tests.emulator.examples import pool_document
from tests.emulator.running import DEADLINE_SECONDS


class ManualClock(Clock):
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 22, tzinfo=UTC)
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), future))
        await future

    def waits_for(self, **duration: float) -> bool:
        """Tell whether somebody sleeps until exactly so much later than now."""
        due = self._now + timedelta(**duration)
        return any(each == due and not future.done() for each, future in self._sleepers)

    def advance(self, **duration: float) -> None:
        """Move on, and wake those whose time has come."""
        self._now += timedelta(**duration)
        for due, future in list(self._sleepers):
            if due <= self._now:
                self._sleepers.remove((due, future))
                if not future.done():
                    future.set_result(None)

    def advance_to_next(self) -> None:
        """Move on to when the first of those who sleep is to be woken."""
        waits = [due - self._now for due, future in self._sleepers if not future.done()]
        self.advance(seconds=min(waits, default=timedelta()).total_seconds())


@dataclass(frozen=True)
class Scene:
    """A store, a scheduler on it, and the clock of both."""

    store: Store
    scheduler: Scheduler
    clock: ManualClock
    root: Path

    def pool(
        self, pool_id: str = "pool", nodes: int = 1, low_priority: int = 0, **fields: Any
    ) -> Pool:
        targets = {"targetDedicatedNodes": nodes, "targetLowPriorityNodes": low_priority}
        body = pool_document(pool_id, **targets, **fields)
        seq = self.store.pools.add(new_pool(body, self.store.tick()))
        self.scheduler.autoscaler.pools_changed()
        self.scheduler.pool_changed(pool_id)
        pool = self.store.pools.find(pool_id)
        assert pool is not None and pool.seq == seq
        return pool

    def job(self, job_id: str = "job", pool_id: str = "pool", **fields: Any) -> Job:
        body = {"id": job_id, "poolInfo": {"poolId": pool_id}, **fields}
        create_job(self.store, body, self.store.tick())
        self.scheduler.job_changed(job_id)
        return self.job_now(job_id)

    def task(self, job: Job, task_id: str = "task", command: str = "true", **fields: Any) -> Task:
        body = {"id": task_id, "commandLine": command, **fields}
        document = complete_task(body, job.document)
        add_task(self.store, job, new_task(job, document, self.store.tick()))
        self.scheduler.wake()
        return self.task_now(job, task_id)

    def schedule(self, schedule_id: str = "schedule", **times: Any) -> JobSchedule:
        """Make a job schedule of the fields of its `schedule`, and perhaps a `specification`."""
        job = {"poolInfo": {"poolId": "pool"}, **times.pop("specification", {})}
        now = self.store.tick()
        body = {"id": schedule_id, "schedule": times, "jobSpecification": job}
        self.store.job_schedules.add(new_job_schedule(body, now))
        self.scheduler.job_schedules.look_again()
        return self.schedule_now(schedule_id)

    def schedule_now(self, schedule_id: str = "schedule") -> JobSchedule:
        schedule = self.store.job_schedules.find(schedule_id)
        assert schedule is not None
        return schedule

    def job_now(self, job_id: str = "job") -> Job:
        job = self.store.jobs.find(job_id)
        assert job is not None
        return job

    def task_now(self, job: Job, task_id: str = "task") -> Task:
        task = self.store.tasks.find(job, task_id)
        assert task is not None
        return task

    def nodes(self, pool_id: str = "pool") -> list[Node]:
        pool = self.store.pools.find(pool_id)
        return [] if pool is None else self.store.nodes.of_pool(pool)

    async def advance(self, **duration: float) -> None:
        """Move the clock on, once the scheduler has looked at the time that is now."""
        await self.until(lambda: self.clock.waits_for(seconds=60))
        self.clock.advance(**duration)

    async def settle(self) -> None:
        """Let the event loop turn until what was asked for by now is done."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Let the scheduler work until something is truthy, and give it."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (value := condition()):
            assert time.monotonic() < deadline, "it didn't happen in time"
            await asyncio.sleep(0.005)
        return value

    async def forward(self, condition: Callable[[], Any]) -> Any:
        """Let time pass, from one wake to the next, until something is truthy, and give it.

        For what waits for nothing but the clock.
        """
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            for _ in range(20):
                await asyncio.sleep(0)
            if value := condition():
                return value
            self.clock.advance_to_next()
        raise AssertionError("it didn't happen in time")

    async def state(self, job: Job, state: TaskState, task_id: str = "task") -> Task:
        """Wait until a task is in a state, and give it."""
        await self.until(lambda: self.task_now(job, task_id).state is state)
        return self.task_now(job, task_id)


def open_scene(folder: Path, clock: ManualClock, options: SchedulerOptions | None = None) -> Scene:
    """Begin a life of what a folder holds; in a running event loop."""
    root = open_root(folder)
    store = open_store(root.batch_db, clock)
    address = AccountAddress("account", "http://127.0.0.1")
    scheduler = Scheduler(root, store, address, clock, options or SchedulerOptions())
    scheduler.start()
    return Scene(store, scheduler, clock, folder)


async def close_scene(scene: Scene) -> None:
    """End a life, with the time that processes are given to end."""
    stopping = asyncio.ensure_future(scene.scheduler.stop())
    while not stopping.done():
        await asyncio.sleep(0.02)
        scene.clock.advance(seconds=1)
    scene.store.close()


def play(
    folder: Path,
    scenario: Callable[[Scene], Awaitable[None]],
    options: SchedulerOptions | None = None,
) -> None:
    """Run a scenario on a scheduler; a second one on the same folder is its next life."""

    async def run() -> None:
        scene = open_scene(folder, ManualClock(), options)
        try:
            await scenario(scene)
        finally:
            await close_scene(scene)

    asyncio.run(run())
