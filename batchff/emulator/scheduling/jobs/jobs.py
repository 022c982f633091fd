"""The states of a job: how it is disabled and enabled, and how it comes to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from batchff.emulator.nodes.layout import directory_of
from batchff.emulator.nodes.machine import Machine
from batchff.emulator.scheduling.fleet.member import Ending
from batchff.emulator.scheduling.fleet.runs import Runs
from batchff.emulator.scheduling.jobs.auto_pools import AutoPools
from batchff.emulator.scheduling.jobs.job_preparation import JobPreparation
from batchff.emulator.scheduling.jobs.job_release import JobRelease
from batchff.emulator.scheduling.loops.background import Background
from batchff.emulator.state.exit_conditions import JobAction, exit_options
from batchff.emulator.state.model import Job, Task
from batchff.emulator.state.states import DisableTasks, JobState, TaskState
from batchff.emulator.state.store import Store
from batchff.emulator.state.transitions import empty_job_end, job_moved

_DELETED_AT_ONCE = 500

_DISABLED = {
    DisableTasks.REQUEUE: Ending.REQUEUE,
    DisableTasks.TERMINATE: Ending.TERMINATE,
    DisableTasks.WAIT: None,
}


_GOES_ON = (JobState.ACTIVE, JobState.DISABLING, JobState.DISABLED)


class Jobs:
    """Moves jobs from state to state; `on_change` is called with one whose tasks may run again.

    `on_end` is called when one is completed or gone.
    """

    def __init__(
        self,
        store: Store,
        machine: Machine,
        runs: Runs,
        preparation: JobPreparation,
        release: JobRelease,
        auto_pools: AutoPools,
        background: Background,
        on_change: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self._machine = machine
        self._store = store
        self._runs = runs
        self._preparation = preparation
        self._release = release
        self._auto_pools = auto_pools
        self._background = background
        self._on_change = on_change
        self._on_end = on_end

    def disable(self, job: Job, tasks: DisableTasks) -> None:
        """Start no more tasks of a job; it is disabled once those that run have ended."""
        if job.state is JobState.DISABLED:
            return
        if job.state is not JobState.DISABLING:
            job = job_moved(job, JobState.DISABLING, self._store.tick())
        self._leave(job, _DISABLED[tasks])

    def enable(self, job: Job) -> None:
        """Let a disabled job's tasks run again."""
        self._store.jobs.save(job_moved(job, JobState.ACTIVE, self._store.tick()))
        self._on_change(job.key)

    def terminate(self, job: Job, reason: str, *, changed: bool = True) -> None:
        """End a job's running tasks, release its nodes, end it; its active tasks stay active.

        A job that its schedule ends isn't `changed`.
        """
        now = self._store.tick()
        job = job_moved(job, JobState.TERMINATING, now, reason, changed=changed)
        self._leave(job, Ending.TERMINATE)

    def delete(self, job: Job) -> None:
        """End a job's running tasks, release its nodes, then remove all that is of the job."""
        job = job_moved(job, JobState.DELETING, self._store.tick())
        self._leave(job, Ending.DROPPED)

    def act_on_end_of(self, task: Task) -> None:
        """Do to a job what a task of it asks for by how its command ended."""
        action = exit_options(task).job_action
        job = self._store.jobs.get(task.job) if action is not JobAction.NONE else None
        if job is None or job.document["onTaskFailure"] != "performexitoptionsjobaction":
            return
        if action is JobAction.DISABLE and job.state is JobState.ACTIVE:
            self.disable(job, DisableTasks.REQUEUE)
        elif action is JobAction.TERMINATE and job.state in (JobState.ACTIVE, JobState.DISABLING):
            self.terminate(job, "TaskFailed")

    def end_if_complete(self, job: Job) -> bool:
        """End a job whose job manager, or whose every task, is completed. Return True if it ends.

        A job without tasks counts as complete, as the service has it, and there too not at once.
        """
        if self._manager_is_done(job):
            self.terminate(job, "JMComplete")
            return True
        if (
            job.state is JobState.ACTIVE
            and job.document["onAllTasksComplete"] == "terminatejob"
            and self._store.tasks.all_completed(job)
            and (self._store.tasks.any_of(job) or empty_job_end(job) <= self._store.tick())
        ):
            self.terminate(job, "AllTasksComplete")
            return True
        return False

    def _manager_is_done(self, job: Job) -> bool:
        manager = job.manager
        if manager is None or not manager["killJobOnCompletion"] or job.state not in _GOES_ON:
            return False
        task = self._store.tasks.find(job, manager["id"])
        return task is not None and task.state is TaskState.COMPLETED

    def _leave(self, job: Job, ending: Ending | None) -> None:
        self._store.jobs.save(job)
        if ending is not None:
            for run in self._runs.of_job(job):
                run.stop(ending)
            self._preparation.stop_for(job)
        self.settle(job)

    def settle(self, job: Job) -> None:
        """Let a job reach the state that it is on its way to, once nothing of it runs.

        Where it ends, its release task is run first.
        """
        if self._runs.any_of(job) or self._preparation.goes_on_for(job):
            return
        ends = job.state in (JobState.TERMINATING, JobState.DELETING)
        if ends and not self._release.is_done_for(job):
            return
        if job.state is JobState.TERMINATING:
            done = job_moved(job, JobState.COMPLETED, self._store.tick(), changed=False)
            with self._store.transaction():
                self._store.jobs.save(done)
                self._auto_pools.job_ended(done)
            self._on_end()
        elif job.state is JobState.DISABLING:
            now = self._store.tick()
            self._store.jobs.save(job_moved(job, JobState.DISABLED, now, changed=False))
        elif job.state is JobState.DELETING:
            self._auto_pools.job_ended(job)
            self._background.begin(self._remove(job))

    async def _remove(self, job: Job) -> None:
        for node in self._machine.nodes.iterdir():
            self._machine.trash.discard(node / directory_of(job.id))
        while self._store.tasks.remove_some(job, _DELETED_AT_ONCE):
            await asyncio.sleep(0)
        self._store.preparations.remove_of(job)
        self._store.jobs.remove(job.seq)
        self._on_end()
