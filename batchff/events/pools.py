"""Events of a pool and its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    """A node of the pool has changed its state, `since` then; `spot` says which kind it is."""

    kind: ClassVar[str] = "node.changed"
    pool: str
    node: str
    state: str
    spot: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class NodeLeft(Event):
    """A node isn't in the pool any more; only displays have use for it."""

    kind: ClassVar[str] = "node.left"
    pool: str
    node: str


@dataclass(frozen=True, slots=True)
class NodeTerms(Event):
    """What is known of a pool's nodes before there are any; only displays have use for it.

    Nodes that are `here` are on this machine. The others cost so much an hour, by their kind, None
    where the profile has no price.
    """

    kind: ClassVar[str] = "nodes.terms"
    vm_size: str
    slots: int
    here: bool
    hourly: float | None = None
    spot_hourly: float | None = None
    currency: str = ""


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
