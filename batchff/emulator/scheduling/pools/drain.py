"""Ending the tasks of a node before it leaves its pool or restarts."""

from __future__ import annotations

import asyncio

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.execution import Executor
from batchff.emulator.scheduling.fleet.auxiliary_runs import AuxiliaryRuns
from batchff.emulator.scheduling.fleet.member import Ending, Member
from batchff.emulator.state.states import Deallocation
from batchff.emulator.state.store import Store
from batchff.emulator.state.times import SECOND

_ENDINGS = {
    Deallocation.REQUEUE: Ending.REQUEUE,
    Deallocation.TERMINATE: Ending.TERMINATE,
}
_LONGEST_WAIT = 60.0


def stop_runs(member: Member, how: Deallocation) -> None:
    """Stop what runs on a node, unless it may run to its end."""
    if how in _ENDINGS:
        for run in list(member.runs):
            run.stop(_ENDINGS[how])


class Drain:
    """Waits until a node is rid of its tasks, and of their data where that is to be kept."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        auxiliary_runs: tuple[AuxiliaryRuns, ...],
        clock: Clock,
    ) -> None:
        self._store = store
        self._executor = executor
        self._auxiliary_runs = auxiliary_runs
        self._clock = clock

    async def empty(self, member: Member, how: Deallocation) -> None:
        """Wait for a node's tasks, and their data's retention; end what they left running."""
        await member.emptied()
        if how is Deallocation.RETAINED_DATA:
            await self._await_retention(member)
        for auxiliary_runs in self._auxiliary_runs:
            await auxiliary_runs.end_on(member)
        await self._executor.end_leftovers(member.identity)

    async def _await_retention(self, member: Member) -> None:
        while not member.hurried.is_set():
            left = self._store.tasks.kept_until(member.node.id) - self._store.tick()
            if left <= 0:
                return
            await self._pause(member, min(left / SECOND, _LONGEST_WAIT))

    async def _pause(self, member: Member, seconds: float) -> None:
        sleep = asyncio.ensure_future(self._clock.sleep(seconds))
        hurry = asyncio.ensure_future(member.hurried.wait())
        try:
            await asyncio.wait({sleep, hurry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            hurry.cancel()
