"""Releasing a job's nodes: its release task runs on each node where its preparation task ran.

Source: the model JobReleaseTask.
"""

from __future__ import annotations

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.admin_tasks import AdminTasks
from batchff.emulator.nodes.execution import Outcome
from batchff.emulator.scheduling.fleet.auxiliary_runs import AuxiliaryRuns, auxiliary_command
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.scheduling.loops.background import until_stored
from batchff.emulator.state.model import Document, Job, Preparation
from batchff.emulator.state.preparation import release_begun, release_ended
from batchff.emulator.state.states import AuxiliaryState, NodeState, PreparationStatus, Result
from batchff.emulator.state.store import Store
from batchff.emulator.state.transitions import TASK_ENDED

_COMING_BACK = (NodeState.REBOOTING, NodeState.STARTING, NodeState.WAITING_FOR_START_TASK)


class JobRelease:
    """Runs jobs' release tasks."""

    def __init__(
        self,
        store: Store,
        fleet: Fleet,
        admin_tasks: AdminTasks,
        auxiliary_runs: AuxiliaryRuns,
        clock: Clock,
    ) -> None:
        self._store = store
        self._fleet = fleet
        self._admin_tasks = admin_tasks
        self._auxiliary_runs = auxiliary_runs
        self._clock = clock
        self._awaited: dict[str, set[int]] = {}

    async def stop(self) -> None:
        """End all release tasks; they are run again by the next start."""
        await self._auxiliary_runs.stop()

    @property
    def is_busy(self) -> bool:
        """Whether a release task runs."""
        return len(self._auxiliary_runs) > 0

    def is_done_for(self, job: Job) -> bool:
        """Run an ending job's release task where it's due. Return True when all of it is over.

        A node that restarts is waited for: `node_moved` tells when to ask again.
        """
        if self._auxiliary_runs.any_of(job):
            return False
        task = job.release
        if task is None or job.ended is not None:
            return True
        done = True
        for row in self._store.preparations.of_job(job):
            if row.release_state is AuxiliaryState.COMPLETED:
                continue
            member = self._member(row) if _is_wanted(row, job) else None
            if member is None:
                self._give_up(row, task)
            elif member.ready:
                self._begin(job, member, task)
                done = False
            else:
                self._awaited.setdefault(row.node, set()).add(job.seq)
                done = False
        return done

    def node_moved(self, member: Member) -> list[Job]:
        """A node has come into another state: give the jobs that waited for that."""
        jobs = [self._store.jobs.get(seq) for seq in self._awaited.pop(member.node.id, ())]
        return [job for job in jobs if job is not None]

    def _member(self, row: Preparation) -> Member | None:
        """Give the node, where it is there or will be again."""
        node = self._store.nodes.find_anywhere(row.node)
        if node is None:
            return None
        member = self._fleet.get(node)
        coming = member.leaving is None and member.node.state in _COMING_BACK
        return member if member.ready or coming else None

    def _give_up(self, row: Preparation, task: Document) -> None:
        """End what a node began and will never come to the end of."""
        if row.release_state is AuxiliaryState.RUNNING:
            ended = release_ended(row, task, None, TASK_ENDED, self._store.tick())
            self._store.preparations.save(ended)

    def _begin(self, job: Job, member: Member, task: Document) -> None:
        def note(outcome: Outcome | None) -> None:
            self._note_end(job, member, task, outcome)

        self._auxiliary_runs.begin(job, member, self._work(job, member, task), note)

    async def _work(self, job: Job, member: Member, task: Document) -> Outcome:
        await until_stored(lambda: self._note_begin(job, member), self._clock)
        preparation = job.preparation
        assert preparation is not None
        command = auxiliary_command(member, job, task, task["maxWallClockTime"], preparation["id"])
        return await self._admin_tasks.run(command, task, member.identity)

    def _note_begin(self, job: Job, member: Member) -> None:
        row = self._store.preparations.find(job, member.node.id)
        if row is not None:
            self._store.preparations.save(release_begun(row, self._store.tick()))

    def _note_end(self, job: Job, member: Member, task: Document, outcome: Outcome | None) -> None:
        """One that was stopped with its node runs again once that is back."""
        row = self._store.preparations.find(job, member.node.id)
        if row is not None and outcome is not None:
            now = self._store.tick()
            ended = release_ended(row, task, outcome.exit_code, outcome.failure, now)
            self._store.preparations.save(ended)


def _is_wanted(row: Preparation, job: Job) -> bool:
    """Tell whether tasks can have run on a node, and it still has what was prepared for them."""
    task = job.preparation
    assert task is not None
    prepared = row.result is Result.SUCCESS or not task["waitForSuccess"]
    return prepared and row.standing is not PreparationStatus.VOID
