"""The scheduler: gives tasks to nodes, and brings tasks and jobs to their end.

It works on the store and on processes and knows nothing of HTTP. Operations change rows and
tell it what changed; everything happens in one event loop, so no two changes cross.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from batchff.emulator.batch.dependencies import save_completed
from batchff.emulator.batch.lifecycle import (
    TASK_ENDED,
    task_completed,
    task_requeued,
    task_retried,
    task_started,
)
from batchff.emulator.batch.model import (
    Failure,
    Job,
    Node,
    NodeState,
    Pool,
    Scheduling,
    Task,
    TaskState,
)
from batchff.emulator.batch.store import Store
from batchff.emulator.batch.times import SECOND, UNLIMITED, parse_duration
from batchff.emulator.clock import Clock
from batchff.emulator.nodes.disposal import Disposal
from batchff.emulator.nodes.execution import Command, Executor, Outcome
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.nodes.process import kill_below, kill_recorded
from batchff.emulator.nodes.start_task import StartTasks
from batchff.emulator.root import Root
from batchff.emulator.scheduling.allocation import AccountAddress, Allocation
from batchff.emulator.scheduling.auto_pools import AutoPools
from batchff.emulator.scheduling.autoscaler import Autoscaler
from batchff.emulator.scheduling.boot import Boots
from batchff.emulator.scheduling.drain import Drain
from batchff.emulator.scheduling.fleet import Ending, Fleet, Member, Run, choose
from batchff.emulator.scheduling.jobs import Jobs
from batchff.emulator.scheduling.node_actions import NodeActions
from batchff.emulator.scheduling.preemption import Preemption
from batchff.emulator.scheduling.timekeeping import Timekeeper

_LOG = logging.getLogger(__name__)

_AFTER_FAILURE = 5.0
_LOOK_BEHIND = 100
"""How many tasks that don't fit are passed over in search of one that does."""


_INTERNAL = Failure(
    "InternalError", "The emulator failed to run the task; its log says why", (), "servererror"
)


@dataclass(frozen=True, slots=True)
class SchedulerOptions:
    run_admin_start_tasks: bool = False
    core_quota: int | None = None


class Scheduler:
    """Runs while the service does: `start`, then what operations tell, then `stop`."""

    def __init__(
        self,
        root: Root,
        store: Store,
        account: AccountAddress,
        clock: Clock,
        options: SchedulerOptions,
    ) -> None:
        self._root = root
        self._store = store
        self._clock = clock
        self._executor = Executor(clock, store.processes)
        self._fleet = Fleet()
        self._runs: dict[tuple[int, str], Run] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._wanted = asyncio.Event()
        self._disposal = Disposal(root.nodes)
        self._timekeeper = Timekeeper(
            store,
            clock,
            on_overdue=lambda job: self.jobs.terminate(job, "MaxWallClockTimeExpiry"),
            on_expired=lambda job, task: self._disposal.discard(self._directory(job, task)),
        )
        self.jobs = Jobs(
            root,
            store,
            self._runs,
            AutoPools(store, self.pool_changed),
            self._disposal,
            changed=self.job_changed,
            spawn=self._spawn,
        )
        self.autoscaler = Autoscaler(store, clock, self.pool_changed)
        start_tasks = StartTasks(store, self._executor, options.run_admin_start_tasks)
        boots = Boots(store, start_tasks, self.wake)
        drain = Drain(store, clock)
        self.nodes = NodeActions(self._fleet, boots, drain, self._disposal, self.wake)
        self.preemption = Preemption(store, self._fleet, boots, drain, self._disposal, clock)
        self._allocation = Allocation(
            root,
            store,
            self._fleet,
            boots,
            drain,
            self.preemption,
            self._disposal,
            account,
            options.core_quota,
        )

    def start(self) -> None:
        """Take up what an earlier life left: kill what it left running, requeue its tasks."""
        killed = kill_recorded(self._store.processes.all()) + kill_below(self._root.nodes)
        self._store.processes.clear()
        requeued = self._store.requeue_interrupted()
        if killed or requeued:
            _LOG.info("killed %d processes, requeued %d tasks of the last run", killed, requeued)
        self._disposal.start()
        self._allocation.restore()
        for job in self._store.jobs.leaving():
            self.jobs.settle(job)
        self._spawn(self._assign_for_ever())
        self._spawn(self._timekeeper.run())
        self._spawn(self.autoscaler.run())

    async def stop(self) -> None:
        """Kill what runs; its tasks are requeued at the next start."""
        for work in self._background:
            work.cancel()
        works = [run.work for run in self._runs.values() if run.work is not None]
        for run in self._runs.values():
            run.stop(Ending.ABANDON)
        await asyncio.gather(*works, *self._background, return_exceptions=True)
        await self._allocation.stop()
        await self._disposal.stop()
        kill_below(self._root.nodes)
        self._executor.close()

    def wake(self) -> None:
        """Look for tasks that can be given to nodes."""
        self._wanted.set()

    def pool_changed(self, key: str) -> None:
        self._allocation.reconcile(key)

    def pool_made(self, key: str) -> None:
        self.pool_changed(key)
        self.autoscaler.pools_changed()

    def remove_nodes(self, pool: Pool, nodes: list[Node]) -> None:
        """Let nodes leave a pool whose targets were lowered by them."""
        self._allocation.remove(pool, nodes)

    def job_changed(self, key: str) -> None:
        """A job was made or changed: its end, its deadline and its priority may have moved."""
        job = self._store.jobs.find(key)
        if job is not None:
            self.jobs.end_if_complete(job)
        self._timekeeper.look_again()
        self.wake()

    def task_ended(self, job: Job, task: Task) -> None:
        """A task was completed by an operation: what runs of it is killed."""
        run = self._run_of(task)
        if run is not None:
            run.stop(Ending.DROPPED)
        self.jobs.end_if_complete(job)
        self.wake()

    def task_removed(self, job: Job, task: Task) -> None:
        """A task was removed: what runs of it is killed, and its directory deleted."""
        self.task_ended(job, task)
        if task.node is not None and self._run_of(task) is None:
            self._disposal.discard(self._directory(job, task))

    @property
    def is_busy(self) -> bool:
        """Whether something runs, or waits for nodes that are there."""
        return bool(self._runs) or self._store.tasks.any_waiting()

    async def _assign_for_ever(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._stored(self._assign_all)

    def _assign_all(self) -> None:
        begun: list[Run] = []
        try:
            with self._store.transaction():
                for pool_key in self._fleet.pools():
                    self._assign(pool_key, begun)
                for member in self._fleet:
                    self._show_use(member)
        except BaseException:
            for run in begun:
                self._forget(run)
            raise
        for run in begun:
            run.work = asyncio.get_running_loop().create_task(self._work(run))
            run.work.add_done_callback(partial(self._ended, run))

    def _assign(self, pool_key: str, begun: list[Run]) -> None:
        """Fill the free slots of a pool: by the job's priority, then by age."""
        members = self._fleet.of_pool(pool_key)
        free = sum(member.free for member in members)
        if not free:
            return
        for job in self._store.jobs.with_queue(pool_key):
            after, passed = 0, 0
            while free and passed < _LOOK_BEHIND:
                tasks = self._store.tasks.queue(job, after, free)
                if not tasks:
                    break
                for task in tasks:
                    after = task.seq
                    member = choose(members, task.required_slots)
                    if member is None or (task.job, task.key) in self._runs:
                        passed += 1
                    else:
                        free -= task.required_slots
                        begun.append(self._begin(member, job, task))
            if not free:
                return

    def _begin(self, member: Member, job: Job, task: Task) -> Run:
        identity = member.identity
        task = task_started(task, identity.pool_id, identity.node_id, self._store.tick())
        self._store.tasks.save(task)
        run = Run(job, task, member)
        self._runs[run.key] = run
        member.runs.add(run)
        return run

    async def _work(self, run: Run) -> Outcome:
        """Try a task until it succeeds or may not be tried again."""
        command = _command(run.member.identity, run.job, run.task)
        outcome = await self._executor.run(command)
        while outcome.may_be_retried and self._may_retry(run):
            await self._stored(lambda: self._note_retry(run))
            outcome = await self._executor.run(command)
        return outcome

    def _may_retry(self, run: Run) -> bool:
        task = self._store.tasks.get(run.task.seq) or run.task
        most: int = task.document["constraints"]["maxTaskRetryCount"]
        return most < 0 or task.retries < most

    def _note_retry(self, run: Run) -> None:
        task = self._store.tasks.get(run.task.seq)
        if task is not None:
            self._store.tasks.save(task_retried(task, self._store.tick()))

    def _ended(self, run: Run, work: asyncio.Task[Outcome]) -> None:
        if run.ending is Ending.ABANDON:
            self._forget(run)
        else:
            self._spawn(self._conclude(run))

    async def _conclude(self, run: Run) -> None:
        """A run is over, one way or another: note how, and only then free its slots."""
        await self._stored(lambda: self._note_end(run))
        self._forget(run)
        if self._store.tasks.get(run.task.seq) is None:
            self._disposal.discard(self._directory(run.job, run.task))
        job = self._store.jobs.get(run.job.seq)
        if job is not None:
            self.jobs.end_if_complete(job)
            self.jobs.settle(job)
        self.wake()

    def _note_end(self, run: Run) -> None:
        task = self._store.tasks.get(run.task.seq)
        if task is None or task.state is not TaskState.RUNNING:
            return
        now = self._store.tick()
        if run.ending is Ending.REQUEUE:
            self._store.tasks.save(task_requeued(task, now))
        elif run.ending is not None:
            save_completed(self._store, task_completed(task, None, TASK_ENDED, now))
        else:
            self._note_outcome(run, task, _outcome_of(run), now)

    def _note_outcome(self, run: Run, task: Task, outcome: Outcome, now: int) -> None:
        node = run.member.node
        node = replace(
            node,
            tasks_run=node.tasks_run + 1,
            tasks_succeeded=node.tasks_succeeded + (outcome.failure is None),
        )
        with self._store.transaction():
            completed = task_completed(task, outcome.exit_code, outcome.failure, now)
            save_completed(self._store, completed)
            self._store.nodes.save(node)
            self.jobs.act_on_end_of(completed)
        run.member.node = node

    async def _stored(self, change: Callable[[], None]) -> None:
        """Make a change; where the store can't be written, its disk full, try until it can."""
        while True:
            try:
                change()
                return
            except sqlite3.OperationalError:
                _LOG.exception("the store could not be written; trying again")
                await self._clock.sleep(_AFTER_FAILURE)

    def _forget(self, run: Run) -> None:
        del self._runs[run.key]
        run.member.forget(run)

    def _show_use(self, member: Member) -> None:
        """Tell a node that runs tasks from one that doesn't."""
        if not member.ready or member.leaving is not None:
            return
        rest = NodeState.IDLE
        if member.node.scheduling is Scheduling.DISABLED:
            rest = NodeState.OFFLINE
        state = NodeState.RUNNING if member.runs else rest
        if member.node.state is not state:
            node = replace(member.node, state=state, state_time=self._store.tick())
            self._store.nodes.save(node)
            member.node = node

    def _run_of(self, task: Task) -> Run | None:
        run = self._runs.get((task.job, task.key))
        return run if run is not None and run.task.seq == task.seq else None

    def _directory(self, job: Job, task: Task) -> Path:
        assert task.node is not None
        return self._root.nodes / task.node / "workitems" / job.id / "job-1" / task.id

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(_log_failure)


def _command(node: NodeIdentity, job: Job, task: Task) -> Command:
    settings = [
        *job.document.get("commonEnvironmentSettings", ()),
        *task.document.get("environmentSettings", ()),
    ]
    limit = parse_duration(task.document["constraints"]["maxWallClockTime"])
    return Command(
        line=task.document["commandLine"],
        place=node.directory.task(job.id, task.id),
        environment=node.task_environment(job.id, task.id, settings),
        resource_files=task.document.get("resourceFiles", []),
        output_files=task.document.get("outputFiles", []),
        time_limit=limit / SECOND if limit < UNLIMITED else None,
    )


def _outcome_of(run: Run) -> Outcome:
    """Give how a run's command ended; what the emulator itself got wrong is the task's failure."""
    assert run.work is not None
    error = run.work.exception()
    if error is None:
        return run.work.result()
    _LOG.error("task %s of job %s could not be run", run.task.id, run.job.id, exc_info=error)
    return Outcome(None, _INTERNAL)


def _log_failure(work: asyncio.Task[None]) -> None:
    if not work.cancelled() and work.exception() is not None:
        _LOG.error("the scheduler failed", exc_info=work.exception())
