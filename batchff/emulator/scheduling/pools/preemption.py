"""Spot nodes that are taken away, and come back when there is capacity again."""

from __future__ import annotations

from batchff.emulator.clock import Clock
from batchff.emulator.nodes.trash import Trash
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.scheduling.pools.boot import Boots
from batchff.emulator.scheduling.pools.drain import Drain, stop_runs
from batchff.emulator.state.model import Node
from batchff.emulator.state.states import Deallocation, NodeState, Scheduling
from batchff.emulator.state.store import Store
from batchff.emulator.state.times import SECOND


class Preemption:
    """Preempts nodes; they keep their ids and their places in the pools, and lose their disks."""

    def __init__(
        self,
        store: Store,
        fleet: Fleet,
        boots: Boots,
        drain: Drain,
        trash: Trash,
        clock: Clock,
    ) -> None:
        self._store = store
        self._fleet = fleet
        self._boots = boots
        self._drain = drain
        self._trash = trash
        self._clock = clock

    def candidates(self) -> list[Node]:
        """Give the nodes that work and can be taken away: Spot ones."""
        return [member.node for member in self._fleet if member.ready and not member.node.dedicated]

    def preempt(self, node: Node, seconds: float, unusable_seconds: float = 0.0) -> None:
        """Take a node away, its tasks requeued, for so long.

        It's only said to be unusable for the first while, as Azure may do; `seconds` follow that.
        """
        member = self._fleet.get(node)
        preempted = self._store.tick() + round(unusable_seconds * SECOND)
        state = NodeState.UNUSABLE if unusable_seconds else NodeState.PREEMPTED
        self._boots.move(member, state, returns=preempted + round(seconds * SECOND))
        stop_runs(member, Deallocation.REQUEUE)

        async def away() -> None:
            await self._drain.empty(member, Deallocation.REQUEUE)
            if state is NodeState.UNUSABLE:
                await self._sleep_until(preempted)
                self._boots.move(member, NodeState.PREEMPTED)
            self._trash.discard(member.identity.directory.root)
            await self._await_return(member)

        self._boots.begin(member, away)

    def resume(self, member: Member) -> None:
        """Wait on for the return of a node that an earlier life of the service took away."""
        if member.node.state is not NodeState.PREEMPTED:
            self._boots.move(member, NodeState.PREEMPTED)
        self._trash.discard(member.identity.directory.root)
        self._boots.begin(member, lambda: self._await_return(member))

    async def _await_return(self, member: Member) -> None:
        await self._sleep_until(member.node.returns or 0)
        self._boots.move(
            member,
            NodeState.CREATING,
            allocated=self._store.tick(),
            scheduling=Scheduling.ENABLED,
            returns=None,
        )

    async def _sleep_until(self, moment: int) -> None:
        while (left := moment - self._store.tick()) > 0:
            await self._clock.sleep(left / SECOND)
