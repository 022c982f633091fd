"""Giving tasks to nodes: by the jobs' priorities, then by age, as far as slots are free."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from batchff.emulator.batch.lifecycle import task_started
from batchff.emulator.batch.model import Job, NodeState, Scheduling, Task
from batchff.emulator.batch.store import Store
from batchff.emulator.clock import Clock
from batchff.emulator.scheduling.background import until_stored
from batchff.emulator.scheduling.fleet import Fleet, Member, choose
from batchff.emulator.scheduling.runner import Runner
from batchff.emulator.scheduling.runs import Run, Runs

_LOOK_BEHIND = 100
"""How many tasks that don't fit are passed over in search of one that does."""


class Assignment:
    """Looks for tasks that can be given to nodes each time it is woken."""

    def __init__(
        self, store: Store, fleet: Fleet, runs: Runs, runner: Runner, clock: Clock
    ) -> None:
        self._store = store
        self._fleet = fleet
        self._runs = runs
        self._runner = runner
        self._clock = clock
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """A task can perhaps be given to a node that couldn't before."""
        self._wanted.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await until_stored(self._assign_all, self._clock)

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
                self._runner.forget(run)
            raise
        for run in begun:
            self._runner.begin(run)

    def _assign(self, pool_key: str, begun: list[Run]) -> None:
        """Fill the free slots of a pool."""
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
                    if member is None or self._runs.is_taken(task):
                        passed += 1
                    else:
                        free -= task.required_slots
                        begun.append(self._give(member, job, task))
            if not free:
                return

    def _give(self, member: Member, job: Job, task: Task) -> Run:
        identity = member.identity
        task = task_started(task, identity.pool_id, identity.node_id, self._store.tick())
        self._store.tasks.save(task)
        run = Run(job, task, member)
        self._runs.add(run)
        member.runs.add(run)
        return run

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
