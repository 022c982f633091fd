"""Running the tasks that were given to nodes, and writing down how they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from batchff.emulator.batch.dependencies import save_completed
from batchff.emulator.batch.layout import task_directory
from batchff.emulator.batch.lifecycle import (
    TASK_ENDED,
    task_completed,
    task_requeued,
    task_retried,
)
from batchff.emulator.batch.model import Failure, Job, Task, TaskState
from batchff.emulator.batch.store import Store
from batchff.emulator.batch.times import SECOND, UNLIMITED, parse_duration
from batchff.emulator.clock import Clock
from batchff.emulator.nodes.disposal import Disposal
from batchff.emulator.nodes.execution import Command, Executor, Outcome
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.root import Root
from batchff.emulator.scheduling.background import Background, until_stored
from batchff.emulator.scheduling.jobs import Jobs
from batchff.emulator.scheduling.runs import Ending, Run, Runs

_LOG = logging.getLogger(__name__)

_INTERNAL = Failure(
    "InternalError", "The emulator failed to run the task; its log says why", (), "servererror"
)


class Runner:
    """Runs tasks to their ends; `on_free` is told when a slot has become free."""

    def __init__(
        self,
        root: Root,
        store: Store,
        runs: Runs,
        executor: Executor,
        jobs: Jobs,
        disposal: Disposal,
        background: Background,
        clock: Clock,
        on_free: Callable[[], None],
    ) -> None:
        self._root = root
        self._store = store
        self._runs = runs
        self._executor = executor
        self._jobs = jobs
        self._disposal = disposal
        self._background = background
        self._clock = clock
        self._on_free = on_free

    def begin(self, run: Run) -> None:
        """Run a task that was given to a node."""
        run.work = asyncio.get_running_loop().create_task(self._work(run))
        run.work.add_done_callback(partial(self._ended, run))

    def forget(self, run: Run) -> None:
        """Free what a run took of its node."""
        self._runs.remove(run)
        run.member.forget(run)

    def task_directory(self, job: Job, task: Task) -> Path:
        """Give the directory of a task on the node that it was given to."""
        assert task.node is not None
        return self._root.nodes / task.node / task_directory(job.id, task.id)

    async def stop(self) -> None:
        """Kill what runs; its tasks stay as they are."""
        works = [run.work for run in self._runs if run.work is not None]
        for run in self._runs:
            run.stop(Ending.ABANDON)
        await asyncio.gather(*works, return_exceptions=True)

    async def _work(self, run: Run) -> Outcome:
        """Try a task until it succeeds or may not be tried again."""
        command = _command(run.member.identity, run.job, run.task)
        outcome = await self._executor.run(command)
        while outcome.may_be_retried and self._may_retry(run):
            await until_stored(lambda: self._note_retry(run), self._clock)
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
            self.forget(run)
        else:
            self._background.begin(self._conclude(run))

    async def _conclude(self, run: Run) -> None:
        """A run is over, one way or another: note how, and only then free its slots."""
        await until_stored(lambda: self._note_end(run), self._clock)
        self.forget(run)
        if self._store.tasks.get(run.task.seq) is None:
            self._disposal.discard(self.task_directory(run.job, run.task))
        job = self._store.jobs.get(run.job.seq)
        if job is not None:
            self._jobs.end_if_complete(job)
            self._jobs.settle(job)
        self._on_free()

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
            self._jobs.act_on_end_of(completed)
        run.member.node = node


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
