"""The nodes of a pool by how many of their slots are free, so that a task's is found at once."""

from __future__ import annotations

from collections import OrderedDict

from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.state.model import Document


class FreeSlots:
    """Counts what is free in a pool; a node is counted anew when something of it has changed."""

    def __init__(self) -> None:
        self.total = 0
        self._counted: dict[Member, int] = {}
        self._members: dict[int, OrderedDict[Member, None]] = {}

    def count(self, member: Member) -> None:
        """Count a node's free slots anew."""
        free = member.free
        if self._counted.get(member, 0) == free:
            return
        self.remove(member)
        if free:
            self._counted[member] = free
            self._members.setdefault(free, OrderedDict())[member] = None
            self.total += free

    def remove(self, member: Member) -> None:
        """Forget a node."""
        free = self._counted.pop(member, 0)
        if not free:
            return
        self.total -= free
        members = self._members[free]
        del members[member]
        if not members:
            del self._members[free]

    def choose_for_manager(
        self, slots: int, manager: Document, barred: frozenset[str] = frozenset()
    ) -> Member | None:
        """Pick the node for a job manager task: perhaps one of its own, perhaps a dedicated one."""
        for free in sorted(self._members, reverse=True):
            for member in self._members[free]:
                if (
                    free >= slots
                    and (not member.runs or not manager["runExclusive"])
                    and (member.node.dedicated or manager["allowLowPriorityNode"])
                    and member.node.id not in barred
                ):
                    return member
        return None

    def choose(self, slots: int, barred: frozenset[str] = frozenset()) -> Member | None:
        """Pick the node for a task: the emptiest when tasks are spread, the fullest when packed.

        Of those that are equally full, it's the one that has been so for longest. The nodes whose
        ids are `barred` are left out.
        """
        fitting = sorted(free for free in self._members if free >= slots)
        if fitting and not next(iter(self._members[fitting[0]])).packed:
            fitting.reverse()
        for free in fitting:
            for member in self._members[free]:
                if member.node.id not in barred:
                    return member
        return None
