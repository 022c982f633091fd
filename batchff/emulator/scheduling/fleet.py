"""The nodes as the scheduler sees them: what runs on each, and what is free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from batchff.emulator.batch.model import Deallocation, Node, NodeState, Scheduling
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.scheduling.free_slots import FreeSlots
from batchff.emulator.scheduling.runs import Run

_READY = (NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE)


class Member:
    """A node in its pool; its fleet is told when its row or what runs on it changes."""

    def __init__(
        self,
        node: Node,
        identity: NodeIdentity,
        pool: str,
        slots: int,
        cores: int,
        packed: bool,
    ) -> None:
        """Begin with nothing on it; `pool` is the pool's `key`."""
        self._node = node
        self.identity = identity
        self.pool = pool
        self.slots = slots
        self.cores = cores
        self.packed = packed
        self.leaving: Deallocation | None = None
        self.boot: asyncio.Task[None] | None = None
        self.runs: set[Run] = set()
        self.hurried = asyncio.Event()
        """Set where it leaves without waiting for anything, whatever it waited for before."""
        self.on_change: Callable[[Member], None] = lambda member: None
        self._used = 0
        self._fewer = asyncio.Event()

    @property
    def node(self) -> Node:
        """Its row, as it was last saved."""
        return self._node

    @node.setter
    def node(self, node: Node) -> None:
        self._node = node
        self.on_change(self)

    @property
    def ready(self) -> bool:
        """Whether it has started, and isn't on its way elsewhere."""
        return self._node.state in _READY and self.leaving is None

    @property
    def free(self) -> int:
        """The slots that a task can be given; none unless it's ready, and may."""
        if not self.ready or self._node.scheduling is Scheduling.DISABLED:
            return 0
        return self.slots - self._used

    def take(self, run: Run) -> None:
        """A task was given to it."""
        self.runs.add(run)
        self._used += run.slots
        self.on_change(self)

    def forget(self, run: Run) -> None:
        """A run is over, and written down."""
        self.runs.remove(run)
        self._used -= run.slots
        self.on_change(self)
        self._fewer.set()

    async def emptied(self) -> None:
        """Return once nothing runs on it."""
        while self.runs:
            self._fewer.clear()
            await self._fewer.wait()


@dataclass(frozen=True, slots=True)
class _PoolOfMembers:
    members: dict[int, Member] = field(default_factory=dict)
    free: FreeSlots = field(default_factory=FreeSlots)


class Fleet:
    """All the nodes, by pool."""

    def __init__(self) -> None:
        self._members: dict[int, Member] = {}
        self._pools: dict[str, _PoolOfMembers] = {}
        self._changed: dict[Member, None] = {}

    def add(self, member: Member) -> None:
        seq = member.node.seq
        self._members[seq] = member
        pool = self._pools.setdefault(member.pool, _PoolOfMembers())
        pool.members[seq] = member
        member.on_change = self._note_change
        self._note_change(member)

    def remove(self, member: Member) -> None:
        seq = member.node.seq
        del self._members[seq]
        self._changed.pop(member, None)
        pool = self._pools[member.pool]
        del pool.members[seq]
        pool.free.remove(member)
        if not pool.members:
            del self._pools[member.pool]

    def get(self, node: Node) -> Member:
        """Give a node that the store has."""
        return self._members[node.seq]

    def of_pool(self, pool_key: str) -> list[Member]:
        pool = self._pools.get(pool_key)
        return list(pool.members.values()) if pool is not None else []

    def with_free_slots(self) -> list[tuple[str, FreeSlots]]:
        """Give the pools where a task could be given to a node, and what is free of each."""
        return [(key, pool.free) for key, pool in self._pools.items() if pool.free.total]

    def changed(self) -> list[Member]:
        """Give the nodes that changed since they were last said to be seen."""
        return list(self._changed)

    def seen(self) -> None:
        """All that changed until now was acted on."""
        self._changed.clear()

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._members.values()))

    def _note_change(self, member: Member) -> None:
        self._changed[member] = None
        self._pools[member.pool].free.count(member)
