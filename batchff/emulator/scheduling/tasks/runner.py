"""Running the tasks that were given to nodes, and writing down how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.execution import Attempt, Command, Outcome
from batchff.emulator.nodes.layout import task_directory
from batchff.emulator.nodes.machine import Machine
from batchff.emulator.nodes.multi_instance import primary_environment
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.scheduling.fleet.member import Ending, Member, Run
from batchff.emulator.scheduling.fleet.runs import Runs, outcome_of, seconds_of
from batchff.emulator.scheduling.jobs.job_preparation import JobPreparation
from batchff.emulator.scheduling.jobs.jobs import Jobs
from batchff.emulator.scheduling.loops.background import Background, until_stored
from batchff.emulator.state.defaults import asks_for_admin
from batchff.emulator.state.model import Document, Failure, Job, Node, Task
from batchff.emulator.state.states import TaskState
from batchff.emulator.state.store import Store
from batchff.emulator.state.store.waiting_tasks import save_completed
from batchff.emulator.state.transitions import (
    TASK_ENDED,
    task_completed,
    task_requeued,
    task_retried,
    task_started,
    task_turned_away,
)

_AT_ONCE = 25
"""How many ends are written down before requests have their turn again."""

_ADMIN = Failure(
    "AdminRightsRefused",
    "The task asks for admin rights, and the emulator runs everything as the user who started it;"
    " with --run-admin-tasks it runs such tasks too, without those rights",
)
_NO_CONTAINERS = Failure(
    "ContainerPoolNotSupported", "The pool of the task is not configured for containers"
)
_NO_PACKAGE = Failure(
    "ApplicationPackageNotFound", "The specified application package does not exist"
)
_AT_WORK = (TaskState.PREPARING, TaskState.RUNNING)


class Runner:
    """Runs tasks to their ends; `on_free` is called when a slot has become free."""

    def __init__(
        self,
        store: Store,
        machine: Machine,
        runs: Runs,
        jobs: Jobs,
        preparation: JobPreparation,
        background: Background,
        clock: Clock,
        run_admin: bool,
        on_free: Callable[[], None],
    ) -> None:
        self._store = store
        self._runs = runs
        self._machine = machine
        self._jobs = jobs
        self._preparation = preparation
        self._background = background
        self._clock = clock
        self._run_admin = run_admin
        self._on_free = on_free
        self._over: list[Run] = []

    def begin(self, run: Run) -> None:
        """Run a task that was given to a node."""
        run.work = asyncio.get_running_loop().create_task(self._work(run))
        run.work.add_done_callback(partial(self._ended, run))

    @property
    def is_behind(self) -> bool:
        """Whether ends wait for their turn to be written down."""
        return bool(self._over)

    def forget(self, run: Run) -> None:
        """Free what a run took of its node."""
        self._runs.remove(run)
        run.member.forget(run)

    def discard_directory(self, job: Job, task: Task) -> None:
        """Delete the directory of a task on the node that it was given to."""
        assert task.node is not None
        directory = task_directory(job.id, task.id)
        self._machine.trash.discard(self._machine.nodes / task.node / directory)

    async def stop(self) -> None:
        """Kill what runs; its tasks stay as they are."""
        works = [run.work for run in self._runs if run.work is not None]
        for run in self._runs:
            run.stop(Ending.ABANDON)
        await asyncio.gather(*works, return_exceptions=True)

    async def _work(self, run: Run) -> Outcome:
        """Try a task until it succeeds or may not be tried again, once its node is prepared."""
        refusal = self._refusal(run.task.document, run.member.identity)
        if refusal is not None:
            return Outcome(None, refusal)
        await self._preparation.prepare(run)
        if run.task.state is TaskState.PREPARING:
            await until_stored(lambda: self._note_start(run), self._clock)
        command = _command(run.member, run.job, run.task)
        outcome = await self._machine.executor.run(command)
        while outcome.may_be_retried and self._may_retry(run):
            await until_stored(lambda: self._note_retry(run), self._clock)
            command = _next_try(command)
            outcome = await self._machine.executor.run(command)
        return outcome

    def _refusal(self, task: Document, node: NodeIdentity) -> Failure | None:
        """Give why a task can't be run at all; None where it can."""
        if asks_for_admin(task, node.admins) and not self._run_admin:
            return _ADMIN
        if "containerSettings" in task and not node.runs_containers:
            return _NO_CONTAINERS
        if "applicationPackageReferences" in task:
            return _NO_PACKAGE
        return None

    def _note_start(self, run: Run) -> None:
        task = self._store.tasks.get(run.task.seq)
        if task is not None and task.state is TaskState.PREPARING:
            node = run.member.identity
            started = task_started(task, node.pool_id, node.node_id, self._store.tick())
            self._store.tasks.update(task, started)

    def _may_retry(self, run: Run) -> bool:
        task = self._store.tasks.get(run.task.seq) or run.task
        most: int = task.document["constraints"]["maxTaskRetryCount"]
        return most < 0 or task.retries < most

    def _note_retry(self, run: Run) -> None:
        task = self._store.tasks.get(run.task.seq)
        if task is not None:
            self._store.tasks.update(task, task_retried(task, self._store.tick()))

    def _ended(self, run: Run, work: asyncio.Task[Outcome]) -> None:
        if run.ending is Ending.ABANDON:
            self.forget(run)
            return
        if not self._over:
            self._background.begin(self._conclude())
        self._over.append(run)

    async def _conclude(self) -> None:
        """Note how runs ended, those of one moment together, and only then free their slots."""
        over, self._over = self._over[:_AT_ONCE], self._over[_AT_ONCE:]
        if self._over:
            self._background.begin(self._conclude())
        gone = await until_stored(lambda: self._note_ends(over), self._clock)
        for run in over:
            self.forget(run)
        for run in gone:
            self.discard_directory(run.job, run.task)
        for seq in {run.job.seq for run in over}:
            job = self._store.jobs.get(seq)
            if job is not None and not self._jobs.end_if_complete(job):
                self._jobs.settle(job)
        self._on_free()

    def _note_ends(self, over: list[Run]) -> list[Run]:
        """Write down how runs ended, and give those whose tasks were removed meanwhile."""
        tasks = self._store.tasks.get_all([run.task.seq for run in over])
        outcomes: dict[Member, list[Outcome]] = {}
        with self._store.transaction():
            for run in over:
                task = tasks.get(run.task.seq)
                if task is None or task.state not in _AT_WORK:
                    continue
                if run.ending is not None:
                    self._note_stop(run.ending, task)
                    continue
                assert run.work is not None
                outcome = outcome_of(run.work, f"task {task.id} of job {run.job.id}")
                self._note_outcome(task, outcome)
                outcomes.setdefault(run.member, []).append(outcome)
            counted = {member: _count(member.node, each) for member, each in outcomes.items()}
            for member, node in counted.items():
                self._store.nodes.update(member.node, node)
        for member, node in counted.items():
            member.node = node
        return [run for run in over if run.task.seq not in tasks]

    def _note_stop(self, ending: Ending, task: Task) -> None:
        now = self._store.tick()
        if ending is Ending.REQUEUE:
            self._store.tasks.update(task, task_requeued(task, now))
        elif ending is Ending.UNPREPARED:
            self._store.tasks.update(task, task_turned_away(task, now))
        else:
            save_completed(self._store, task, task_completed(task, None, TASK_ENDED, now))

    def _note_outcome(self, task: Task, outcome: Outcome) -> None:
        now = self._store.tick()
        completed = task_completed(task, outcome.exit_code, outcome.failure, now)
        save_completed(self._store, task, completed)
        self._jobs.act_on_end_of(completed)


def _count(node: Node, outcomes: list[Outcome]) -> Node:
    """Add tasks that were run to a node's counts."""
    return replace(
        node,
        tasks_run=node.tasks_run + len(outcomes),
        tasks_succeeded=node.tasks_succeeded + sum(each.failure is None for each in outcomes),
    )


def _command(member: Member, job: Job, task: Task) -> Command:
    node = member.identity
    settings = [
        *job.document.get("commonEnvironmentSettings", ()),
        *task.document.get("environmentSettings", ()),
    ]
    preparation = job.preparation
    place = node.directory.task(job.id, task.id)
    environment = node.task_environment(
        job.id, task.id, settings, preparation["id"] if preparation is not None else None
    )
    if "multiInstanceSettings" in task.document:
        environment |= primary_environment(place, member.cores)
    return Command(
        line=task.document["commandLine"],
        place=place,
        environment=environment,
        resource_files=task.document.get("resourceFiles", []),
        output_files=task.document.get("outputFiles", []),
        time_limit=seconds_of(task.document["constraints"]["maxWallClockTime"]),
        attempt=Attempt(job.id, task.id, task.retries),
    )


def _next_try(command: Command) -> Command:
    assert command.attempt is not None
    number = command.attempt.number + 1
    return replace(command, attempt=replace(command.attempt, number=number), is_retry=True)
