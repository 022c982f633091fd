"""A node as the scheduler sees it, and the tasks that run on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from batchff.emulator.nodes.execution import Outcome
from batchff.emulator.nodes.node import NodeIdentity
from batchff.emulator.state.model import Job, Node, Task
from batchff.emulator.state.states import Deallocation, NodeState, Scheduling

_READY = (NodeState.IDLE, NodeState.RUNNING, NodeState.OFFLINE)


class Ending(Enum):
    """Why a run is ended before its command has."""

    REQUEUE = auto()
    """Its node leaves, or takes no more: the task becomes active again."""
    UNPREPARED = auto()
    """Its job's preparation task failed on its node: the task becomes active again, for others."""
    TERMINATE = auto()
    """Its job or node ends it: the task is completed as ended."""
    DROPPED = auto()
    """Its task was completed or removed meanwhile."""
    ABANDON = auto()
    """The service stops: the task stays as it is and is requeued at the next start."""


@dataclass(eq=False)
class Run:
    """A task on a node, from its assignment until nothing of it is left running."""

    job: Job
    task: Task
    member: Member
    work: asyncio.Task[Outcome] | None = None
    ending: Ending | None = None

    @property
    def key(self) -> tuple[int, str]:
        """Job and id: two tasks with the same ones would share a directory."""
        return self.task.job, self.task.key

    @property
    def slots(self) -> int:
        """The slots that it takes: all of its node's where the task is to be alone on it."""
        manager = self.job.manager
        if manager is not None and manager["runExclusive"] and self.job.is_managed_by(self.task):
            return self.member.slots
        return self.task.required_slots

    def stop(self, ending: Ending) -> None:
        """End it, unless it has ended; the first reason counts."""
        if self.ending is None and self.work is not None and not self.work.done():
            self.ending = ending
            self.work.cancel()


class Member:
    """A node in its pool; `on_change` is called when its row or what runs on it changes."""

    def __init__(
        self,
        node: Node,
        identity: NodeIdentity,
        slots: int,
        cores: int,
        packed: bool,
    ) -> None:
        self._node = node
        self.identity = identity
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
    def pool(self) -> str:
        """The pool's `key`."""
        return self.identity.pool_id.lower()

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
