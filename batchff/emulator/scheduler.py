"""The scheduler: gives tasks to nodes, and brings tasks and jobs to their end.

It works on the store and on processes and knows nothing of HTTP. Operations change rows and
tell it what changed; everything happens in one event loop, so no two changes cross.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batchff.emulator.allocation import AccountAddress, Allocation
from batchff.emulator.batch.lifecycle import (
    TASK_ENDED,
    job_moved,
    task_completed,
    task_requeued,
    task_retried,
    task_started,
)
from batchff.emulator.batch.model import Failure, Job, JobState, NodeState, Task, TaskState
from batchff.emulator.batch.store import Store
from batchff.emulator.batch.times import SECOND, UNLIMITED, parse_duration
from batchff.emulator.clock import Clock
from batchff.emulator.execution import Command, Executor, Outcome
from batchff.emulator.fleet import Ending, Fleet, Member, Run, choose
from batchff.emulator.node import NodeIdentity
from batchff.emulator.process import kill_survivors
from batchff.emulator.root import Root
from batchff.emulator.start_task import StartTasks

_LOG = logging.getLogger(__name__)

_LONGEST_WAIT = 60.0
_AFTER_FAILURE = 5.0
_LOOK_BEHIND = 100
"""How many tasks that don't fit are passed over in search of one that does."""
_DELETED_AT_ONCE = 2000

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
        self._runs: dict[int, Run] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._wanted = asyncio.Event()
        self._timers_changed = asyncio.Event()
        start_tasks = StartTasks(store, self._executor, options.run_admin_start_tasks)
        self._allocation = Allocation(
            root, store, self._fleet, start_tasks, account, options.core_quota, self.wake
        )

    def start(self) -> None:
        """Take up what an earlier life left: kill what it left running, requeue its tasks."""
        killed = kill_survivors(self._store.processes.all(), self._root.nodes)
        self._store.processes.clear()
        requeued = self._store.requeue_interrupted()
        if killed or requeued:
            _LOG.info("killed %d processes, requeued %d tasks of the last run", killed, requeued)
        self._allocation.restore()
        for job in self._store.jobs.leaving():
            self._settle(job)
        self._spawn(self._assign_for_ever())
        self._spawn(self._watch_the_clock())

    async def stop(self) -> None:
        """Kill what runs; its tasks are requeued at the next start."""
        for work in self._background:
            work.cancel()
        for run in self._runs.values():
            run.stop(Ending.ABANDON)
        works = [run.work for run in self._runs.values() if run.work is not None]
        await asyncio.gather(*works, *self._background, return_exceptions=True)
        await self._allocation.stop()
        self._executor.close()

    def wake(self) -> None:
        """Look for tasks that can be given to nodes."""
        self._wanted.set()

    def pool_changed(self, key: str) -> None:
        self._allocation.reconcile(key)

    def job_changed(self, key: str) -> None:
        """A job was made or changed: its end, its deadline and its priority may have moved."""
        job = self._store.jobs.find(key)
        if job is not None:
            self._end_if_complete(job)
        self._timers_changed.set()
        self.wake()

    def task_ended(self, job: Job, task: Task) -> None:
        """A task was completed by an operation: what runs of it is killed."""
        run = self._runs.get(task.seq)
        if run is not None:
            run.stop(Ending.DROPPED)
        self._end_if_complete(job)

    def task_removed(self, job: Job, task: Task) -> None:
        """A task was removed: what runs of it is killed, and its directory deleted."""
        run = self._runs.get(task.seq)
        self.task_ended(job, task)
        if task.node is not None:
            self._spawn(self._clean(run, self._directory(job, task)))

    def terminate_job(self, job: Job, reason: str) -> None:
        """End a job's running tasks, then the job; its active tasks stay active."""
        job = job_moved(job, JobState.TERMINATING, self._store.tick(), reason)
        self._leave(job, Ending.TERMINATE)

    def delete_job(self, job: Job) -> None:
        """End a job's running tasks, then remove its tasks, their directories and itself."""
        job = job_moved(job, JobState.DELETING, self._store.tick())
        self._leave(job, Ending.DROPPED)

    @property
    def is_busy(self) -> bool:
        """Whether something runs, or waits for nodes that are there."""
        return bool(self._runs) or self._store.tasks.any_waiting()

    async def _assign_for_ever(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                with self._store.transaction():
                    for pool_key in self._fleet.pools():
                        self._assign(pool_key)
                    for member in self._fleet:
                        self._show_use(member)
            except sqlite3.Error:
                _LOG.exception("the store failed; trying again")
                await self._clock.sleep(_AFTER_FAILURE)
                self.wake()

    def _assign(self, pool_key: str) -> None:
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
                    if member is None or task.seq in self._runs:
                        passed += 1
                    else:
                        free -= task.required_slots
                        self._begin(member, job, task)
            if not free:
                return

    def _begin(self, member: Member, job: Job, task: Task) -> None:
        identity = member.identity
        task = task_started(task, identity.pool_id, identity.node_id, self._store.tick())
        self._store.tasks.save(task)
        run = Run(job.seq, task.seq, task.required_slots, member)
        run.work = asyncio.get_running_loop().create_task(self._work(run, job, task))
        run.work.add_done_callback(_log_failure)
        run.work.add_done_callback(lambda work: self._ended(run))
        self._runs[task.seq] = run
        member.runs.add(run)

    async def _work(self, run: Run, job: Job, task: Task) -> None:
        """Try a task until it succeeds or may not be tried again, and complete it."""
        command = _command(run.member.identity, job, task)
        most = task.document["constraints"]["maxTaskRetryCount"]
        try:
            outcome = await self._executor.run(command)
            while outcome.may_be_retried and (most < 0 or task.retries < most):
                task = task_retried(self._current(task), self._store.tick())
                self._store.tasks.save(task)
                outcome = await self._executor.run(command)
        except Exception:
            _LOG.exception("task %s of job %s could not be run", task.id, job.id)
            outcome = Outcome(None, _INTERNAL)
        self._complete(run, task, outcome)

    def _current(self, task: Task) -> Task:
        """Give a task's row as it is now: an operation may have changed its constraints."""
        return self._store.tasks.get(task.seq) or task

    def _complete(self, run: Run, task: Task, outcome: Outcome) -> None:
        task = self._current(task)
        now = self._store.tick()
        member = run.member
        member.node = replace(
            member.node,
            tasks_run=member.node.tasks_run + 1,
            tasks_succeeded=member.node.tasks_succeeded + (outcome.failure is None),
        )
        with self._store.transaction():
            self._store.tasks.save(task_completed(task, outcome.exit_code, outcome.failure, now))
            self._store.nodes.save(member.node)

    def _ended(self, run: Run) -> None:
        """A run is over, one way or another, and its slots are free."""
        del self._runs[run.task]
        run.member.runs.discard(run)
        task = self._store.tasks.get(run.task)
        if task is not None and task.state is TaskState.RUNNING:
            now = self._store.tick()
            if run.ending is Ending.REQUEUE:
                self._store.tasks.save(task_requeued(task, now))
            elif run.ending is Ending.TERMINATE:
                self._store.tasks.save(task_completed(task, None, TASK_ENDED, now))
            elif run.ending is None:
                self._store.tasks.save(task_completed(task, None, _INTERNAL, now))
        if run.ending is Ending.ABANDON:
            return
        current = self._store.jobs.get(run.job)
        if current is not None:
            self._end_if_complete(current)
            self._settle(current)
        self.wake()

    def _show_use(self, member: Member) -> None:
        """Tell a node that runs tasks from one that doesn't."""
        if not member.ready or member.leaving is not None:
            return
        state = NodeState.RUNNING if member.runs else NodeState.IDLE
        if member.node.state is not state:
            member.node = replace(member.node, state=state, state_time=self._store.tick())
            self._store.nodes.save(member.node)

    def _end_if_complete(self, job: Job) -> None:
        """A job without tasks counts as complete, as the service has it."""
        if (
            job.state is JobState.ACTIVE
            and job.document["onAllTasksComplete"] == "terminatejob"
            and self._store.tasks.all_completed(job)
        ):
            self.terminate_job(job, "AllTasksComplete")

    def _leave(self, job: Job, ending: Ending) -> None:
        self._store.jobs.save(job)
        for run in list(self._runs.values()):
            if run.job == job.seq:
                run.stop(ending)
        self._settle(job)

    def _settle(self, job: Job) -> None:
        """Let a job reach the state that it is on its way to, once nothing of it runs."""
        if any(run.job == job.seq for run in self._runs.values()):
            return
        if job.state is JobState.TERMINATING:
            done = job_moved(job, JobState.COMPLETED, self._store.tick())
            self._store.jobs.save(done)
        elif job.state is JobState.DELETING:
            self._spawn(self._remove(job))

    async def _remove(self, job: Job) -> None:
        for node in self._root.nodes.iterdir():
            await _remove_tree(node / "workitems" / job.id)
        while self._store.tasks.remove_some(job, _DELETED_AT_ONCE):
            await asyncio.sleep(0)
        self._store.jobs.remove(job.seq)

    async def _clean(self, run: Run | None, directory: Path) -> None:
        if run is not None and run.work is not None:
            await asyncio.wait({run.work})
        await _remove_tree(directory)

    async def _watch_the_clock(self) -> None:
        """End overdue jobs, and delete the directories that were kept long enough."""
        while True:
            self._timers_changed.clear()
            now = self._store.tick()
            for job in self._store.jobs.overdue(now):
                self.terminate_job(job, "MaxWallClockTimeExpiry")
            await self._remove_expired(now)
            due = [self._store.jobs.next_deadline(), self._store.tasks.next_expiry()]
            moments = [moment for moment in due if moment is not None]
            wait = (min(moments) - self._store.tick()) / SECOND if moments else _LONGEST_WAIT
            if wait > 0:
                await self._pause(wait)

    async def _remove_expired(self, now: int) -> None:
        while (task := self._store.tasks.expired(now)) is not None:
            self._store.tasks.save(replace(task, expires=None))
            job = self._store.jobs.get(task.job)
            if job is not None:
                await _remove_tree(self._directory(job, task))

    async def _pause(self, seconds: float) -> None:
        """Wait for a time or for a timer that changed, whichever is first."""
        sleep = asyncio.ensure_future(self._clock.sleep(min(seconds, _LONGEST_WAIT)))
        change = asyncio.ensure_future(self._timers_changed.wait())
        try:
            await asyncio.wait({sleep, change}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            change.cancel()

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
    environment = {setting["name"]: setting.get("value", "") for setting in settings}
    limit = parse_duration(task.document["constraints"]["maxWallClockTime"])
    return Command(
        line=task.document["commandLine"],
        place=node.directory.task(job.id, task.id),
        environment=node.task_environment(job.id, task.id) | environment,
        resource_files=task.document.get("resourceFiles", []),
        output_files=task.document.get("outputFiles", []),
        time_limit=limit / SECOND if limit < UNLIMITED else None,
    )


async def _remove_tree(directory: Path) -> None:
    if directory.exists():
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)


def _log_failure(work: asyncio.Task[None]) -> None:
    if not work.cancelled() and work.exception() is not None:
        _LOG.error("the scheduler failed", exc_info=work.exception())
