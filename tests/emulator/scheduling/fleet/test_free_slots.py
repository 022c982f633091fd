"""The index of free slots against its plain definition: look at every node."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from batchff.emulator.nodes.node import NodeDirectory, NodeIdentity
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.free_slots import FreeSlots
from batchff.emulator.scheduling.fleet.member import Member, Run
from batchff.emulator.state.model import Job, Node, Task
from batchff.emulator.state.states import Deallocation, JobState, NodeState, Scheduling, TaskState

SLOTS = 4
REQUIRED = st.integers(1, SLOTS)
ANY = st.integers(0, 99)
"""Picks one of however many there are."""


def member_of(pool: str, number: int, packed: bool) -> Member:
    node = Node(1, f"node-{number}", True, NodeState.STARTING, 0, 0, 0, seq=number)
    folder = Path("/nowhere")
    identity = NodeIdentity(
        "account", "http://127.0.0.1", pool, node.id, number, True, NodeDirectory(folder), folder
    )
    return Member(node, identity, slots=SLOTS, cores=1, packed=packed)


def run_on(member: Member, slots: int) -> Run:
    job = Job("job", "job", member.pool, {}, JobState.ACTIVE, 0, 0, 0, 0, seq=1)
    task = Task(1, "task", "task", {}, TaskState.RUNNING, 0, 0, 0, required_slots=slots)
    return Run(job, task, member)


class Nodes(RuleBasedStateMachine):
    """Nodes that come and go and change, and tasks that are given to those that are chosen."""

    @initialize(packed=st.booleans())
    def begin(self, packed: bool) -> None:
        self._fleet = Fleet()
        self._packed = packed
        self._members: list[Member] = []
        self._made = 0

    @rule()
    def join(self) -> None:
        self._made += 1
        self._members.append(member_of("pool", self._made, self._packed))
        self._fleet.add(self._members[-1])

    @precondition(lambda self: self._members)
    @rule(which=ANY, state=st.sampled_from(["idle", "running", "offline", "rebooting"]))
    def move(self, which: int, state: str) -> None:
        self._change(self._pick(which), state=NodeState(state))

    @precondition(lambda self: self._members)
    @rule(which=ANY, scheduling=st.sampled_from(Scheduling))
    def switch(self, which: int, scheduling: Scheduling) -> None:
        self._change(self._pick(which), scheduling=scheduling)

    @precondition(lambda self: self._members)
    @rule(which=ANY)
    def leave(self, which: int) -> None:
        member = self._pick(which)
        member.leaving = Deallocation.REQUEUE
        self._change(member, state=NodeState.LEAVING_POOL)

    @precondition(lambda self: self._members)
    @rule(which=ANY)
    def go(self, which: int) -> None:
        member = self._pick(which)
        self._members.remove(member)
        self._fleet.remove(member)

    @rule(slots=REQUIRED)
    def give(self, slots: int) -> None:
        member = self._index.choose(slots)
        if member is not None:
            member.take(run_on(member, slots))

    @precondition(lambda self: any(member.runs for member in self._members))
    @rule(which=ANY)
    def end(self, which: int) -> None:
        runs = [run for member in self._members for run in member.runs]
        run = runs[which % len(runs)]
        run.member.forget(run)

    @invariant()
    def chooses_as_if_it_looked_at_every_node(self) -> None:
        for slots in range(1, SLOTS + 1):
            fitting = [member.free for member in self._members if member.free >= slots]
            chosen = self._index.choose(slots)
            if chosen is None:
                assert not fitting
            else:
                assert chosen in self._members
                assert chosen.free == (min if self._packed else max)(fitting)

    @invariant()
    def counts_what_is_free(self) -> None:
        assert self._index.total == sum(member.free for member in self._members)
        for member in self._members:
            used = sum(run.slots for run in member.runs)
            assert member.free in (0, SLOTS - used)
            assert self._fleet.get(member.node) is member
        assert self._fleet.of_pool("pool") == list(self._fleet) == self._members

    @property
    def _index(self) -> FreeSlots:
        return dict(self._fleet.with_free_slots()).get("pool", FreeSlots())

    def _pick(self, which: int) -> Member:
        return self._members[which % len(self._members)]

    def _change(self, member: Member, **changes: Any) -> None:
        member.node = replace(member.node, **changes)


TestNodes = Nodes.TestCase
TestNodes.settings = settings(
    max_examples=25, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
)


def test_of_nodes_that_are_equally_full_the_one_that_waited_longest_is_chosen() -> None:
    fleet = Fleet()
    members = [member_of("pool", number, packed=False) for number in range(3)]
    for member in members:
        fleet.add(member)
        member.node = replace(member.node, state=NodeState.IDLE)
    [(_, free)] = fleet.with_free_slots()

    chosen = []
    for _ in range(6):
        emptiest = free.choose(1)
        assert emptiest is not None
        chosen.append(emptiest)
        emptiest.take(run_on(emptiest, 1))

    assert chosen == members * 2
