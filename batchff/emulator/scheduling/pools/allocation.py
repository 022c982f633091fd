"""Bringing pools to their targets: nodes are made and started, or leave."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from batchff.emulator.nodes.machine import Machine
from batchff.emulator.nodes.node import NodeDirectory, NodeIdentity
from batchff.emulator.scheduling.fleet.fleet import Fleet
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.scheduling.pools.boot import Boots
from batchff.emulator.scheduling.pools.drain import Drain, stop_runs
from batchff.emulator.scheduling.pools.pace import Pace
from batchff.emulator.scheduling.pools.preemption import Preemption
from batchff.emulator.state.defaults import admins_of, cores_of
from batchff.emulator.state.model import Document, Node, Pool
from batchff.emulator.state.states import AllocationState, Deallocation, NodeState, PoolState
from batchff.emulator.state.store import Store

_AWAY = (NodeState.PREEMPTED, NodeState.DEALLOCATING, NodeState.DEALLOCATED)
_WITHOUT_DISK = (
    NodeState.DEALLOCATING,
    NodeState.DEALLOCATED,
    NodeState.LEAVING_POOL,
    NodeState.REIMAGING,
)
"""Those whose disk goes once nothing runs on it."""


@dataclass(frozen=True, slots=True)
class AccountAddress:
    """The Batch account as nodes know it."""

    name: str
    url: str


class Allocation:
    """Gives pools the nodes they ask for, within the account's quota."""

    def __init__(
        self,
        programs: Path,
        store: Store,
        machine: Machine,
        fleet: Fleet,
        boots: Boots,
        drain: Drain,
        preemption: Preemption,
        account: AccountAddress,
        core_quota: int | None,
        pace: Pace,
    ) -> None:
        self._programs = programs
        self._store = store
        self._machine = machine
        self._fleet = fleet
        self._boots = boots
        self._drain = drain
        self._preemption = preemption
        self._account = account
        self._core_quota = core_quota
        self._pace = pace
        self._leaving: set[asyncio.Task[None]] = set()

    def restore(self) -> None:
        """Take over the nodes in the store: they start again, as after a reboot."""
        for pool in self._store.pools.all():
            for node in self._store.nodes.of_pool(pool):
                self._restore(pool, node)
            self.reconcile(pool.key)

    def remove(self, pool: Pool, nodes: list[Node]) -> None:
        """Let nodes leave a pool, whose targets were lowered by them."""
        for node in nodes:
            self._release(self._fleet.get(node), pool.deallocation)
        self.reconcile(pool.key)

    def reconcile(self, pool_key: str) -> None:
        """Bring a pool's nodes nearer to its targets; called again after each step."""
        pool = self._store.pools.find(pool_key)
        if pool is None:
            return
        if pool.state is PoolState.DELETING:
            members = self._fleet.of_pool(pool_key)
            for member in members:
                self._release(member, Deallocation.REQUEUE)
            if not members and not self._holds_back(pool_key, pool.state_time):
                self._store.pools.remove(pool.seq)
            return
        if pool.allocation_state is AllocationState.STEADY:
            return
        if pool.allocation_state is AllocationState.STOPPING:
            if not self._holds_back(pool_key, pool.allocation_time):
                self._settle(pool, self._missing(pool, _stopped_error))
            return
        # A new pool takes its time also where it wants no nodes.
        takes_time = pool.allocation_time == pool.created or not self._is_reached(pool)
        if takes_time and self._holds_back(pool_key, pool.allocation_time):
            return
        errors = []
        for dedicated, target in _targets(pool):
            allowed = self._allowed(pool, dedicated)
            if allowed is not None and allowed < target:
                errors.append(_quota_error(dedicated))
                target = allowed
            self._approach(pool, dedicated, target)
        if not any(member.leaving for member in self._fleet.of_pool(pool_key)):
            self._settle(pool, errors)

    def _is_reached(self, pool: Pool) -> bool:
        """Tell whether a pool has just the nodes that it wants, none of them leaving."""
        members = self._fleet.of_pool(pool.key)
        dedicated = sum(member.node.dedicated for member in members)
        counts = dedicated, len(members) - dedicated
        wanted = pool.target_dedicated, pool.target_low_priority
        return counts == wanted and not any(member.leaving for member in members)

    def _holds_back(self, pool_key: str, since: int) -> bool:
        return self._pace.must_wait(pool_key, since, self._store.tick(), self.reconcile)

    def time_out(self, pool: Pool) -> None:
        """End a resize that took too long; a node that is leaving still leaves."""
        self._settle(pool, self._missing(pool, _timeout_error))

    def _missing(self, pool: Pool, error: Callable[[bool], Document]) -> list[Document]:
        """Give the errors for the targets that weren't reached."""
        members = self._fleet.of_pool(pool.key)
        errors = []
        for dedicated, target in _targets(pool):
            allowed = self._allowed(pool, dedicated)
            present = sum(member.node.dedicated is dedicated for member in members)
            if allowed is not None and allowed < target:
                errors.append(_quota_error(dedicated))
            elif present != target:
                errors.append(error(dedicated))
        return errors

    async def stop(self) -> None:
        """Stop the nodes' start tasks; the nodes stay in the store."""
        self._pace.stop()
        for work in self._leaving:
            work.cancel()
        await asyncio.gather(self._boots.stop(), *self._leaving, return_exceptions=True)

    def _approach(self, pool: Pool, dedicated: bool, target: int) -> None:
        present = [
            member
            for member in self._fleet.of_pool(pool.key)
            if member.node.dedicated is dedicated and member.leaving is None
        ]
        with self._store.transaction():
            for _ in range(target - len(present)):
                self._create(pool, dedicated)
        surplus = len(present) - target
        if surplus > 0:
            for member in sorted(present, key=_worth)[:surplus]:
                self._release(member, pool.deallocation)

    def _settle(self, pool: Pool, errors: list[Document]) -> None:
        """End the resize."""
        steady = replace(
            pool,
            allocation_state=AllocationState.STEADY,
            allocation_time=self._store.tick(),
            resize_errors=errors,
        )
        self._store.pools.save(steady)

    def _allowed(self, pool: Pool, dedicated: bool) -> int | None:
        """Tell how many nodes of a kind the quota leaves to a pool; None without a quota."""
        if self._core_quota is None:
            return None
        others = sum(
            member.cores
            for member in self._fleet
            if member.pool != pool.key and member.node.dedicated is dedicated
        )
        return max(self._core_quota - others, 0) // cores_of(pool.document["vmSize"])

    def _create(self, pool: Pool, dedicated: bool) -> None:
        now = self._store.tick()
        node = Node(
            pool=pool.seq,
            id=f"tvmps_{secrets.token_hex(32)}_{'d' if dedicated else 'p'}",
            dedicated=dedicated,
            state=NodeState.CREATING,
            state_time=now,
            allocated=now,
            booted=now,
        )
        node = replace(node, seq=self._store.nodes.add(node))
        self._boots.begin(self._join(pool, node))

    def _restore(self, pool: Pool, node: Node) -> None:
        """Finish what a node was doing when the service ended; nothing runs on it any more."""
        if node.state in _WITHOUT_DISK:
            self._machine.trash.discard(self._machine.nodes / node.id)
        if node.state is NodeState.LEAVING_POOL:
            self._store.nodes.remove(node.seq)
            return
        if node.is_taken_away:
            self._preemption.resume(self._join(pool, node))
            return
        if node.state in (NodeState.DEALLOCATING, NodeState.DEALLOCATED):
            member = self._join(pool, node)
            if node.state is NodeState.DEALLOCATING:
                self._boots.move(member, NodeState.DEALLOCATED)
            return
        starting = replace(node, state=NodeState.STARTING, state_time=self._store.tick())
        self._store.nodes.save(starting)
        self._boots.begin(self._join(pool, starting))

    def _join(self, pool: Pool, node: Node) -> Member:
        member = Member(
            node=node,
            identity=NodeIdentity(
                account=self._account.name,
                account_url=self._account.url,
                pool_id=pool.id,
                node_id=node.id,
                number=node.seq,
                dedicated=node.dedicated,
                directory=NodeDirectory(self._machine.nodes / node.id),
                programs=self._programs,
                admins=admins_of(pool.document),
                runs_containers=_runs_containers(pool),
            ),
            slots=pool.slots_per_node,
            cores=cores_of(pool.document["vmSize"]),
            packed=pool.document["taskSchedulingPolicy"]["nodeFillType"].lower() == "pack",
        )
        self._fleet.add(member)
        return member

    def _release(self, member: Member, how: Deallocation) -> None:
        """Let a node leave its pool, once its tasks are off it."""
        first = member.leaving is None
        if not how.waits:
            member.hurried.set()
            stop_runs(member, how)
        if first:
            member.leaving = how
            self._boots.move(member, NodeState.LEAVING_POOL)
            work = asyncio.get_running_loop().create_task(self._leave(member))
            self._leaving.add(work)
            work.add_done_callback(self._leaving.discard)

    async def _leave(self, member: Member) -> None:
        if member.boot is not None:
            member.boot.cancel()
            await asyncio.wait({member.boot})
        assert member.leaving is not None
        await self._drain.empty(member, member.leaving)
        await self._machine.executor.remove(member.identity)
        self._store.nodes.remove(member.node.seq)
        self._fleet.remove(member)
        self.reconcile(member.pool)


def _runs_containers(pool: Pool) -> bool:
    return "containerConfiguration" in pool.document.get("virtualMachineConfiguration", {})


def _worth(member: Member) -> tuple[bool, int, int]:
    """Tell which nodes rather stay: those that are there, those in use, those that are older."""
    return member.node.state not in _AWAY, len(member.runs), -member.node.seq


def _targets(pool: Pool) -> tuple[tuple[bool, int], tuple[bool, int]]:
    """Give how many nodes are wanted, of those that are dedicated and of those that aren't."""
    return (True, pool.target_dedicated), (False, pool.target_low_priority)


def _quota_error(dedicated: bool) -> Document:
    kind = "" if dedicated else "LowPriority"
    return {
        "code": f"Account{kind}CoreQuotaReached",
        "message": "The specified account core quota has been reached",
    }


def _stopped_error(dedicated: bool) -> Document:
    kind = "dedicated" if dedicated else "low priority"
    return {
        "code": "ResizeStopped",
        "message": f"Desired number of {kind} nodes could not be allocated due to a stop resize"
        " operation",
    }


def _timeout_error(dedicated: bool) -> Document:
    kind = "dedicated" if dedicated else "low priority"
    return {
        "code": "AllocationTimedout",
        "message": f"Desired number of {kind} nodes could not be allocated as the resize timeout"
        " was reached",
    }
