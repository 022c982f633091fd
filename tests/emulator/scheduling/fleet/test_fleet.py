"""The nodes as the scheduler knows them; `test_free_slots.py` plays with all of it at random."""

from __future__ import annotations

from dataclasses import replace

from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.state.states import NodeState
from tests.emulator.scheduling.fleet.test_free_slots import SLOTS, member_of, run_on


def fleet_of(*members: Member) -> Fleet:
    fleet = Fleet()
    for member in members:
        fleet.add(member)
    return fleet


def ready(member: Member) -> None:
    member.node = replace(member.node, state=NodeState.IDLE)


def test_pools_are_known_without_case_and_go_with_their_last_node() -> None:
    first, second = member_of("Pool", 1, packed=False), member_of("Pool", 2, packed=False)
    fleet = fleet_of(first, second, member_of("other", 3, packed=False))

    assert fleet.of_pool("pool") == [first, second]
    assert fleet.of_pool("Pool") == []
    fleet.remove(first)
    fleet.remove(second)
    assert fleet.of_pool("pool") == []
    assert len(list(fleet)) == 1


def test_only_pools_with_a_ready_node_have_free_slots() -> None:
    starting, idle = member_of("a", 1, packed=False), member_of("b", 2, packed=False)
    fleet = fleet_of(starting, idle)
    assert fleet.with_free_slots() == []

    ready(idle)
    assert [(key, free.total) for key, free in fleet.with_free_slots()] == [("b", SLOTS)]


def test_a_change_is_told_once_until_it_is_seen() -> None:
    member = member_of("a", 1, packed=False)
    fleet = fleet_of(member)
    assert fleet.changed() == [member], "it came"

    fleet.seen()
    assert fleet.changed() == []
    ready(member)
    member.take(run_on(member, 1))
    assert fleet.changed() == [member]


def test_a_node_that_has_left_is_not_told_of_any_more() -> None:
    member, other = member_of("a", 1, packed=False), member_of("a", 2, packed=False)
    fleet = fleet_of(member, other)
    ready(member)
    fleet.remove(member)
    assert fleet.changed() == [other]
    assert fleet.with_free_slots() == []
