"""What is told of a pool and its nodes."""

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
    """A node of the pool is in another state than at the last look."""

    kind: ClassVar[str] = "node.changed"
    pool: str
    node: str
    state: str


@dataclass(frozen=True, slots=True)
class NodesCounted(Event):
    """The pool's nodes stand elsewhere than at the last look: so many in each state."""

    kind: ClassVar[str] = "nodes.counts"
    pool: str
    states: dict[str, int]


@dataclass(frozen=True, slots=True)
class NodeFailed(Event):
    """A node can't take tasks; `log` is what its start task said at last."""

    kind: ClassVar[str] = "node.failed"
    pool: str
    node: str
    reason: str
    log: tuple[str, ...]
