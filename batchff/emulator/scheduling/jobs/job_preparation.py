"""Preparing nodes for a job's tasks: its preparation task runs on a node before the first one.

Source: the model JobPreparationTask.
"""

from __future__ import annotations

from dataclasses import replace

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.admin_tasks import AdminTasks
from batchff.emulator.nodes.execution import Outcome
from batchff.emulator.scheduling.fleet.auxiliary_runs import (
    AuxiliaryRun,
    AuxiliaryRuns,
    auxiliary_command,
)
from batchff.emulator.scheduling.fleet.member import Ending, Member, Run
from batchff.emulator.scheduling.loops.background import until_stored
from batchff.emulator.state.model import Document, Job, Preparation
from batchff.emulator.state.preparation import (
    preparation_begun,
    preparation_ended,
    preparation_interrupted,
    preparation_retried,
)
from batchff.emulator.state.states import (
    AuxiliaryState,
    NodeState,
    PreparationStatus,
    Result,
    TaskState,
)
from batchff.emulator.state.store import Store

_DISK_LOST = (NodeState.REIMAGING, NodeState.PREEMPTED, NodeState.DEALLOCATING)
_NO_NODES: frozenset[str] = frozenset()


class JobPreparation:
    """Runs jobs' preparation tasks; a job without one is never kept waiting."""

    def __init__(
        self, store: Store, admin_tasks: AdminTasks, auxiliary_runs: AuxiliaryRuns, clock: Clock
    ) -> None:
        self._store = store
        self._admin_tasks = admin_tasks
        self._auxiliary_runs = auxiliary_runs
        self._clock = clock

    def start(self) -> None:
        """Note that nodes have restarted, and what ran when the service ended was interrupted."""
        with self._store.transaction():
            for row in self._store.preparations.interrupted():
                ended = preparation_interrupted(row, self._store.tick())
                self._store.preparations.update(row, ended)
            for row in self._store.preparations.current():
                self._note_restart(row)

    async def stop(self) -> None:
        """End what prepares nodes; the next start takes it for interrupted."""
        await self._auxiliary_runs.stop()

    @property
    def is_busy(self) -> bool:
        """Whether a node is being prepared."""
        return len(self._auxiliary_runs) > 0

    def barred_nodes(self, job: Job) -> frozenset[str]:
        """Give the ids of the nodes that can't be prepared: they get none of the job's tasks."""
        task = job.preparation
        if task is None or not task["waitForSuccess"]:
            return _NO_NODES
        return self._store.preparations.failed_nodes(job)

    def must_wait(self, job: Job, member: Member) -> bool:
        """Tell whether a task that is given to a node waits there until it is prepared."""
        task = job.preparation
        return task is not None and task["waitForSuccess"] and not self._is_prepared(job, member)

    async def prepare(self, run: Run) -> None:
        """See that a run's node is prepared, or being prepared; a task that waits, waits.

        Where it waits in vain, its run is ended.
        """
        task = run.job.preparation
        if task is None:
            return
        auxiliary_run = self._auxiliary_runs.find(run.job, run.member)
        if auxiliary_run is None and not self._is_prepared(run.job, run.member):
            auxiliary_run = self._begin(run.job, run.member, task)
        if auxiliary_run is not None and run.task.state is TaskState.PREPARING:
            await auxiliary_run.over.wait()

    def goes_on_for(self, job: Job) -> bool:
        """Tell whether a node is being prepared for a job."""
        return self._auxiliary_runs.any_of(job)

    def stop_for(self, job: Job) -> None:
        """End what prepares nodes for a job that is disabled or ends."""
        self._auxiliary_runs.cancel(job)

    def node_moved(self, member: Member) -> None:
        """A node has come into another state: what was prepared there may be gone."""
        state = member.node.state
        if state is not NodeState.REBOOTING and state not in _DISK_LOST:
            return
        for row in self._store.preparations.of_node(member.node.id):
            if state in _DISK_LOST:
                self._store.preparations.update(row, replace(row, standing=PreparationStatus.VOID))
            elif row.standing is PreparationStatus.CURRENT:
                self._note_restart(row)

    def _is_prepared(self, job: Job, member: Member) -> bool:
        row = self._store.preparations.find(job, member.node.id)
        return (
            row is not None
            and row.state is AuxiliaryState.COMPLETED
            and row.standing is PreparationStatus.CURRENT
        )

    def _note_restart(self, row: Preparation) -> None:
        """A restart leaves a node that could not be prepared as it is, until it is reimaged."""
        if row.result is Result.FAILURE:
            return
        job = self._store.jobs.get(row.job)
        task = job.preparation if job is not None else None
        if task is not None and task["rerunOnNodeRebootAfterSuccess"]:
            self._store.preparations.update(row, replace(row, standing=PreparationStatus.RESTARTED))

    def _begin(self, job: Job, member: Member, task: Document) -> AuxiliaryRun:
        def note(outcome: Outcome | None) -> None:
            self._note_end(job, member, task, outcome)

        return self._auxiliary_runs.begin(job, member, self._work(job, member, task), note)

    async def _work(self, job: Job, member: Member, task: Document) -> Outcome:
        """Try a preparation task until it succeeds or may not be tried again."""
        await until_stored(lambda: self._note_begin(job, member), self._clock)
        limits = task["constraints"]
        command = auxiliary_command(member, job, task, limits["maxWallClockTime"])
        left: int = limits["maxTaskRetryCount"]
        outcome = await self._admin_tasks.run(command, task, member.identity)
        while outcome.may_be_retried and left != 0:
            left -= 1
            await until_stored(lambda: self._note_retry(job, member), self._clock)
            outcome = await self._admin_tasks.run(command, task, member.identity)
        return outcome

    def _note_begin(self, job: Job, member: Member) -> None:
        now = self._store.tick()
        row = self._store.preparations.find(job, member.node.id)
        if row is not None:
            self._store.preparations.save(preparation_begun(row, now))
            return
        pool_id = member.identity.pool_id
        row = Preparation(job.seq, pool_id, member.node.id, AuxiliaryState.RUNNING, now)
        self._store.preparations.add(row)

    def _note_retry(self, job: Job, member: Member) -> None:
        row = self._store.preparations.find(job, member.node.id)
        if row is not None:
            self._store.preparations.save(preparation_retried(row, self._store.tick()))

    def _note_end(self, job: Job, member: Member, task: Document, outcome: Outcome | None) -> None:
        row = self._store.preparations.find(job, member.node.id)
        now = self._store.tick()
        if row is not None and outcome is None:
            self._store.preparations.save(preparation_interrupted(row, now))
        elif row is not None and outcome is not None:
            exit_code, failure = outcome.exit_code, outcome.failure
            ended = preparation_ended(row, task, exit_code, failure, now)
            self._store.preparations.save(ended)
        if outcome is None or outcome.failure is not None:
            self._turn_away(job, member)

    def _turn_away(self, job: Job, member: Member) -> None:
        """Let the tasks that waited go back into their queue."""
        for run in list(member.runs):
            if run.job.seq == job.seq and run.task.state is TaskState.PREPARING:
                run.stop(Ending.UNPREPARED)
