"""How a node starts: it boots, its start task is run, then it takes tasks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from batchff.emulator.nodes.execution import Executor
from batchff.emulator.nodes.start_task import StartTasks
from batchff.emulator.scheduling.fleet.member import Member
from batchff.emulator.state.model import Document
from batchff.emulator.state.states import NodeState, Scheduling
from batchff.emulator.state.store import Store

_LOG = logging.getLogger(__name__)


class Boots:
    """Starts nodes and stores their states; `on_move` is called after each change of state."""

    def __init__(
        self,
        store: Store,
        executor: Executor,
        start_tasks: StartTasks,
        on_move: Callable[[Member], None],
    ) -> None:
        self._store = store
        self._executor = executor
        self._start_tasks = start_tasks
        self._on_move = on_move
        self._works: set[asyncio.Task[None]] = set()

    def begin(self, member: Member, first: Callable[[], Awaitable[None]] | None = None) -> None:
        """Start a node, after what must be done `first`; an earlier start of it is ended."""

        async def start() -> None:
            if first is not None:
                await first()
            await self._start(member)

        self._replace(member, start)

    def halt(self, member: Member, last: Callable[[], Awaitable[None]]) -> None:
        """Do something with a node and don't start it; an earlier start of it is ended."""
        self._replace(member, last)

    async def stop(self) -> None:
        """End all starts that are under way."""
        for work in self._works:
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)

    def move(self, member: Member, state: NodeState, **changes: Any) -> None:
        """Bring a node into a state."""
        self.change(member, state=state, state_time=self._store.tick(), **changes)
        self._on_move(member)

    def change(self, member: Member, **changes: Any) -> None:
        """Change a node's row, in the store and in the fleet."""
        node = replace(member.node, **changes)
        self._store.nodes.update(member.node, node)
        member.node = node

    def _replace(self, member: Member, steps: Callable[[], Awaitable[None]]) -> None:
        work = self._take(member, steps, member.boot)
        member.boot = asyncio.get_running_loop().create_task(work)
        self._works.add(member.boot)
        member.boot.add_done_callback(self._works.discard)

    async def _take(
        self,
        member: Member,
        steps: Callable[[], Awaitable[None]],
        earlier: asyncio.Task[None] | None,
    ) -> None:
        try:
            if earlier is not None:
                earlier.cancel()
                await asyncio.wait({earlier})
            await steps()
        except Exception:
            _LOG.exception("node %s could not be started", member.node.id)
            self.move(member, NodeState.UNUSABLE)

    async def _start(self, member: Member) -> None:
        await self._executor.boot(member.identity)
        start_task = self._start_task_now(member)
        self.move(
            member,
            NodeState.STARTING,
            booted=self._store.tick(),
            start_task=start_task,
            start_task_info=None,
        )
        if start_task is None:
            self._ready(member)
            return
        waits = start_task["waitForSuccess"]
        if waits:
            self.move(member, NodeState.WAITING_FOR_START_TASK)
        else:
            self._ready(member)
        succeeded = await self._start_tasks.run(
            start_task, member.identity, lambda info: self.change(member, start_task_info=info)
        )
        if waits and succeeded:
            self._ready(member)
        elif waits:
            self.move(member, NodeState.START_TASK_FAILED)

    def _start_task_now(self, member: Member) -> Document | None:
        """Give the pool's start task: one that was changed takes effect when a node restarts."""
        pool = self._store.pools.find(member.pool)
        return pool.document.get("startTask") if pool is not None else None

    def _ready(self, member: Member) -> None:
        enabled = member.node.scheduling is Scheduling.ENABLED
        self.move(member, NodeState.IDLE if enabled else NodeState.OFFLINE)
