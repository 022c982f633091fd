"""The nodes as the scheduler sees them: what runs on each, and what is free."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from batchff.emulator.batch.model import Deallocation, Node, Scheduling
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.scheduling.runs import Run


@dataclass(eq=False)
class Member:
    """A node in its pool."""

    node: Node
    identity: NodeIdentity
    pool: str
    """The pool's `key`."""
    slots: int
    cores: int
    packed: bool
    ready: bool = False
    leaving: Deallocation | None = None
    boot: asyncio.Task[None] | None = None
    runs: set[Run] = field(default_factory=set)
    hurried: asyncio.Event = field(default_factory=asyncio.Event)
    """Set where it leaves without waiting for anything, whatever it waited for before."""
    _fewer: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def free(self) -> int:
        """The slots that a task can be given; none unless it's ready, and stays, and may."""
        if (
            not self.ready
            or self.leaving is not None
            or self.node.scheduling is Scheduling.DISABLED
        ):
            return 0
        return self.slots - sum(run.slots for run in self.runs)

    def forget(self, run: Run) -> None:
        """A run is over, and written down."""
        self.runs.discard(run)
        self._fewer.set()

    async def emptied(self) -> None:
        """Return once nothing runs on it."""
        while self.runs:
            self._fewer.clear()
            await self._fewer.wait()


class Fleet:
    """All the nodes, by pool."""

    def __init__(self) -> None:
        self._members: dict[str, list[Member]] = {}

    def add(self, member: Member) -> None:
        self._members.setdefault(member.pool, []).append(member)

    def remove(self, member: Member) -> None:
        members = self._members[member.pool]
        members.remove(member)
        if not members:
            del self._members[member.pool]

    def get(self, node: Node) -> Member:
        """Give a node that the store has."""
        return next(member for member in self if member.node.seq == node.seq)

    def of_pool(self, pool_key: str) -> list[Member]:
        return list(self._members.get(pool_key, ()))

    def pools(self) -> list[str]:
        return list(self._members)

    def __iter__(self) -> Iterator[Member]:
        for members in list(self._members.values()):
            yield from list(members)


def choose(members: list[Member], slots: int) -> Member | None:
    """Pick the node for a task: the emptiest when tasks are spread, the fullest when packed."""
    fitting = [member for member in members if member.free >= slots]
    if not fitting:
        return None
    if fitting[0].packed:
        return min(fitting, key=lambda member: member.free)
    return max(fitting, key=lambda member: member.free)
