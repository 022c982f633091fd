"""Events of a pool and its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class PoolReady(Event):
    """The pool exists; `created` when this command made it."""

    kind: ClassVar[str] = "pool.ready"
    pool: str
    created: bool


@dataclass(frozen=True, slots=True)
class NodeChanged(Event):
    """A node of the pool has changed its state."""

    kind: ClassVar[str] = "node.changed"
    pool: str
    node: str
    state: str


@dataclass(frozen=True, slots=True)
class NodesCounted(Event):
    """The number of nodes in each state has changed."""

    kind: ClassVar[str] = "nodes.counts"
    pool: str
    states: dict[str, int]


@dataclass(frozen=True, slots=True)
class NodeFailed(Event):
    """A node can't take tasks; `log` is the end of its start task's output."""

    kind: ClassVar[str] = "node.failed"
    pool: str
    node: str
    reason: str
    log: tuple[str, ...]
