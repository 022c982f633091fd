"""Giving tasks to nodes: by the jobs' priorities, then by age, as far as slots are free."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from batchff.emulator.clock import Clock
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.free_slots import FreeSlots
from batchff.emulator.scheduling.fleet.member import Member, Run
from batchff.emulator.scheduling.fleet.runs import Runs
from batchff.emulator.scheduling.jobs.job_preparation import JobPreparation
from batchff.emulator.scheduling.loops.background import until_stored
from batchff.emulator.scheduling.tasks.runner import Runner
from batchff.emulator.state.model import Job, Node, Task
from batchff.emulator.state.states import NodeState, Scheduling
from batchff.emulator.state.store import Store
from batchff.emulator.state.transitions import task_preparing, task_started

_LOOK_BEHIND = 100
"""How many tasks that don't fit are passed over in search of one that does."""
_AT_ONCE = 25
"""How many tasks are given to nodes before requests have their turn again."""


class Assignment:
    """Looks for tasks that can be given to nodes each time it is woken."""

    def __init__(
        self,
        store: Store,
        fleet: Fleet,
        runs: Runs,
        runner: Runner,
        preparation: JobPreparation,
        clock: Clock,
    ) -> None:
        self._store = store
        self._fleet = fleet
        self._runs = runs
        self._runner = runner
        self._preparation = preparation
        self._clock = clock
        self._wanted = asyncio.Event()
        self.is_behind = False
        """Whether the last look found more to give to nodes than may be given at once."""

    def wake(self) -> None:
        """A task can perhaps be given to a node that couldn't before."""
        self._wanted.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await until_stored(self._assign_some, self._clock)
            await asyncio.sleep(0)

    def _assign_some(self) -> None:
        self.is_behind = False
        begun: list[Run] = []
        shown: list[tuple[Member, Node]] = []
        try:
            with self._store.transaction():
                for pool_key, free in self._fleet.with_free_slots():
                    self._assign(pool_key, free, begun)
                for member in self._fleet.changed():
                    self._show_use(member, shown)
        except BaseException:
            for run in begun:
                self._runner.forget(run)
            raise
        for member, node in shown:
            member.node = node
        self._fleet.seen()
        for run in begun:
            self._runner.begin(run)
        if len(begun) == _AT_ONCE:
            self.is_behind = True
            self.wake()

    def _assign(self, pool_key: str, free: FreeSlots, begun: list[Run]) -> None:
        """Fill the free slots of a pool, as far as may be done at once."""
        for job in self._store.jobs.with_queue(pool_key):
            self._assign_of_job(job, free, begun)
            if not free.total or len(begun) == _AT_ONCE:
                return

    def _assign_of_job(self, job: Job, free: FreeSlots, begun: list[Run]) -> None:
        barred = self._preparation.barred_nodes(job)
        after, passed = 0, 0
        while (
            free.total
            and len(begun) < _AT_ONCE
            and passed < _LOOK_BEHIND
            and (room := self._room(job)) > 0
        ):
            wanted = min(max(free.total, passed), room)
            tasks = self._store.tasks.queue(job, after, min(wanted, _AT_ONCE - len(begun)))
            if not tasks:
                return
            for task in tasks:
                after = task.seq
                member = _choose(free, job, task, barred)
                if member is None or self._runs.is_taken(task):
                    passed += 1
                else:
                    begun.append(self._give(member, job, task))

    def _room(self, job: Job) -> int:
        """Tell how many more tasks of a job may run at once."""
        most: int = job.document["maxParallelTasks"]
        return _AT_ONCE if most < 0 else most - self._runs.count_of(job)

    def _give(self, member: Member, job: Job, task: Task) -> Run:
        node = member.identity
        give = task_preparing if self._preparation.must_wait(job, member) else task_started
        given = give(task, node.pool_id, node.node_id, self._store.tick())
        self._store.tasks.update(task, given)
        run = Run(job, given, member)
        self._runs.add(run)
        member.take(run)
        return run

    def _show_use(self, member: Member, shown: list[tuple[Member, Node]]) -> None:
        """Tell a node that runs tasks from one that doesn't."""
        if not member.ready:
            return
        rest = NodeState.IDLE
        if member.node.scheduling is Scheduling.DISABLED:
            rest = NodeState.OFFLINE
        state = NodeState.RUNNING if member.runs else rest
        if member.node.state is not state:
            node = replace(member.node, state=state, state_time=self._store.tick())
            self._store.nodes.update(member.node, node)
            shown.append((member, node))


def _choose(free: FreeSlots, job: Job, task: Task, barred: frozenset[str]) -> Member | None:
    if job.manager is not None and job.is_managed_by(task):
        return free.choose_for_manager(task.required_slots, job.manager, barred)
    return free.choose(task.required_slots, barred)
