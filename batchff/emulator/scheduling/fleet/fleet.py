"""The nodes as the scheduler sees them: what runs on each, and what is free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from batchff.emulator.scheduling.fleet.free_slots import FreeSlots
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.state.model import Node


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
        """Take a node in; from now on its changes are noted."""
        seq = member.node.seq
        self._members[seq] = member
        pool = self._pools.setdefault(member.pool, _PoolOfMembers())
        pool.members[seq] = member
        member.on_change = self._note_change
        self._note_change(member)

    def remove(self, member: Member) -> None:
        """Forget a node that has left its pool."""
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
        """Give the nodes of a pool, in the order they came."""
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
