"""What requests do to single nodes: restart, deallocate, switch scheduling off and on.

None of it asks whether the node's state allows it: operations do.
"""

from __future__ import annotations

from collections.abc import Callable

from batchff.emulator.nodes.trash import Trash
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.scheduling.pools.boot import Boots
from batchff.emulator.scheduling.pools.drain import Drain, stop_runs
from batchff.emulator.state.model import Node
from batchff.emulator.state.states import Deallocation, NodeState, Scheduling


class NodeActions:
    """Acts on nodes; tasks are taken off them as a `Deallocation` says."""

    def __init__(
        self,
        fleet: Fleet,
        boots: Boots,
        drain: Drain,
        trash: Trash,
        on_change: Callable[[], None],
    ) -> None:
        self._fleet = fleet
        self._boots = boots
        self._drain = drain
        self._trash = trash
        self._on_change = on_change

    def reboot(self, node: Node, how: Deallocation) -> None:
        """Restart a node; its disk stays."""
        member = self._fleet.get(node)
        self._begin(member, NodeState.REBOOTING, how)

    def reimage(self, node: Node, how: Deallocation) -> None:
        """Restart a node with an empty disk."""
        member = self._fleet.get(node)
        self._begin(member, NodeState.REIMAGING, how)

    def deallocate(self, node: Node, how: Deallocation) -> None:
        """Give a node's machine back; its place in the pool stays, its disk doesn't.

        Tasks have their directories on the machine's temporary disk, which is lost whenever a
        virtual machine is deallocated.
        """
        member = self._fleet.get(node)
        self._boots.move(member, NodeState.DEALLOCATING)
        stop_runs(member, how)

        async def give_back() -> None:
            await self._drain.empty(member, how)
            self._trash.discard(member.identity.directory.root)
            self._boots.move(member, NodeState.DEALLOCATED)

        self._boots.halt(member, give_back)

    def start(self, node: Node) -> None:
        """Start a node that was deallocated."""
        member = self._fleet.get(node)
        self._boots.move(member, NodeState.STARTING)
        self._boots.begin(member)

    def disable_scheduling(self, node: Node, how: Deallocation) -> None:
        """Give a node no more tasks; it's offline once the last one is off it."""
        member = self._fleet.get(node)
        self._boots.change(member, scheduling=Scheduling.DISABLED)
        stop_runs(member, how)
        self._on_change()

    def enable_scheduling(self, node: Node) -> None:
        """Let a node have tasks again."""
        member = self._fleet.get(node)
        self._boots.change(member, scheduling=Scheduling.ENABLED)
        self._on_change()

    def _begin(self, member: Member, state: NodeState, how: Deallocation) -> None:
        self._boots.move(member, state)
        stop_runs(member, how)

        async def rid_of_everything() -> None:
            await self._drain.empty(member, how)
            if state is NodeState.REIMAGING:
                self._trash.discard(member.identity.directory.root)

        self._boots.begin(member, rid_of_everything)
