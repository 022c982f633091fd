"""Pools reach their targets: nodes are made and started, and leave again."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from batchff.emulator.batch.defaults import cores_of
from batchff.emulator.batch.model import (
    AllocationState,
    Deallocation,
    Document,
    Node,
    NodeState,
    Pool,
    PoolState,
)
from batchff.emulator.batch.store import Store
from batchff.emulator.execution import Outcome
from batchff.emulator.fleet import Ending, Fleet, Member
from batchff.emulator.node import NodeDirectory, NodeIdentity
from batchff.emulator.process import kill_below
from batchff.emulator.root import Root
from batchff.emulator.start_task import StartTasks

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AccountAddress:
    """The Batch account as nodes know it."""

    name: str
    url: str


class Allocation:
    """Gives pools the nodes they ask for, within the account's quota."""

    def __init__(
        self,
        root: Root,
        store: Store,
        fleet: Fleet,
        start_tasks: StartTasks,
        account: AccountAddress,
        core_quota: int | None,
        on_change: Callable[[], None],
    ) -> None:
        self._root = root
        self._store = store
        self._fleet = fleet
        self._start_tasks = start_tasks
        self._account = account
        self._core_quota = core_quota
        self._on_change = on_change
        self._leaving: set[asyncio.Task[None]] = set()

    def restore(self) -> None:
        """Take over the nodes of an earlier life: they start again, as after a reboot."""
        for pool in self._store.pools.all():
            for node in self._store.nodes.of_pool(pool):
                now = self._store.tick()
                node = replace(node, state=NodeState.STARTING, state_time=now, booted=now)
                self._store.nodes.save(node)
                self._join(pool, node)
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
            if not members:
                self._store.pools.remove(pool.seq)
            return
        if pool.allocation_state is AllocationState.STEADY:
            return
        errors = []
        for dedicated, target in ((True, pool.target_dedicated), (False, pool.target_low_priority)):
            allowed = self._allowed(pool, dedicated)
            if allowed is not None and allowed < target:
                errors.append(_quota_error(dedicated))
                target = allowed
            self._approach(pool, dedicated, target)
        self._settle(pool, errors)

    async def stop(self) -> None:
        """Stop the nodes' start tasks; the nodes stay in the store."""
        boots = [member.boot for member in self._fleet if member.boot is not None]
        for work in (*boots, *self._leaving):
            work.cancel()
        await asyncio.gather(*boots, *self._leaving, return_exceptions=True)

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
            by_use = sorted(present, key=lambda member: (len(member.runs), -member.node.seq))
            for member in by_use[:surplus]:
                self._release(member, pool.deallocation)

    def _settle(self, pool: Pool, errors: list[Document]) -> None:
        """End the resize once nothing is on its way out."""
        if any(member.leaving for member in self._fleet.of_pool(pool.key)):
            return
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
            id=f"tvmps_{secrets.token_hex(16)}_{'d' if dedicated else 'p'}",
            dedicated=dedicated,
            state=NodeState.CREATING,
            state_time=now,
            allocated=now,
            booted=now,
        )
        self._join(pool, replace(node, seq=self._store.nodes.add(node)))

    def _join(self, pool: Pool, node: Node) -> None:
        directory = NodeDirectory(self._root.nodes / node.id)
        node = replace(node, start_task=pool.document.get("startTask"), start_task_info=None)
        member = Member(
            node=node,
            identity=NodeIdentity(
                account=self._account.name,
                account_url=self._account.url,
                pool_id=pool.id,
                node_id=node.id,
                dedicated=node.dedicated,
                directory=directory,
                programs=self._root.bin,
            ),
            pool=pool.key,
            slots=pool.slots_per_node,
            cores=cores_of(pool.document["vmSize"]),
            packed=pool.document["taskSchedulingPolicy"]["nodeFillType"] == "pack",
        )
        self._fleet.add(member)
        member.boot = asyncio.get_running_loop().create_task(self._boot(member))

    async def _boot(self, member: Member) -> None:
        try:
            await self._start(member)
        except Exception:
            _LOG.exception("node %s could not be started", member.node.id)
            member.ready = False
            self._move(member, NodeState.UNUSABLE)

    async def _start(self, member: Member) -> None:
        member.identity.directory.make()
        self._move(member, NodeState.STARTING)
        start_task = member.node.start_task
        if start_task is None:
            self._ready(member)
            return
        waits = start_task["waitForSuccess"]
        if waits:
            self._move(member, NodeState.WAITING_FOR_START_TASK)
        else:
            self._ready(member)
        succeeded = await self._start_tasks.run(
            start_task, member.identity, lambda info: self._report(member, info)
        )
        if waits and succeeded:
            self._ready(member)
        elif waits:
            self._move(member, NodeState.START_TASK_FAILED)

    def _ready(self, member: Member) -> None:
        member.ready = True
        self._move(member, NodeState.IDLE)
        self._on_change()

    def _report(self, member: Member, info: Document) -> None:
        self._change(member, start_task_info=info)

    def _move(self, member: Member, state: NodeState) -> None:
        self._change(member, state=state, state_time=self._store.tick())

    def _change(self, member: Member, **changes: Any) -> None:
        member.node = replace(member.node, **changes)
        self._store.nodes.save(member.node)

    def _release(self, member: Member, how: Deallocation) -> None:
        """Let a node leave its pool, once its tasks are off it."""
        stricter = member.leaving is Deallocation.TASK_COMPLETION and how is not member.leaving
        if member.leaving is not None and not stricter:
            return
        first = member.leaving is None
        member.leaving = how
        if how is not Deallocation.TASK_COMPLETION:
            ending = Ending.REQUEUE if how is Deallocation.REQUEUE else Ending.TERMINATE
            for run in list(member.runs):
                run.stop(ending)
        if first:
            self._move(member, NodeState.LEAVING_POOL)
            work = asyncio.get_running_loop().create_task(self._leave(member))
            self._leaving.add(work)
            work.add_done_callback(self._leaving.discard)

    async def _leave(self, member: Member) -> None:
        if member.boot is not None:
            member.boot.cancel()
            await asyncio.wait({member.boot})
        await _ended(run.work for run in list(member.runs))
        root = member.identity.directory.root
        await asyncio.to_thread(kill_below, root)
        await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)
        if root.exists():
            _LOG.warning("the directory of node %s could not be removed whole", member.node.id)
        self._store.nodes.remove(member.node.seq)
        self._fleet.remove(member)
        self.reconcile(member.pool)


async def _ended(works: Iterable[asyncio.Task[Outcome] | None]) -> None:
    waiting = {work for work in works if work is not None}
    if waiting:
        await asyncio.wait(waiting)


def _quota_error(dedicated: bool) -> Document:
    kind = "" if dedicated else "LowPriority"
    return {
        "code": f"Account{kind}CoreQuotaReached",
        "message": "The specified account core quota has been reached",
    }
