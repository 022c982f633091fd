"""The result of `batchff pool show`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from batchff.model.pools import FormulaRun, NodeStatus, PoolSpec
from batchff.results import INLINE, WITHOUT_EMPTY, Result


@dataclass(frozen=True, slots=True)
class ShownNode:
    """A node, and the last lines of its start task where that failed."""

    node: NodeStatus = field(metadata=INLINE)
    start_task_output: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobOnPool:
    """A job that uses the pool."""

    job: str
    state: str


@dataclass(frozen=True, slots=True)
class PoolShow(Result):
    """A pool, its nodes and its jobs.

    `specification` is what was asked for, None for a pool of another program. `nodes` and
    `target_nodes` count dedicated nodes; `node_states` and `node_list` are of both kinds.
    """

    command: ClassVar[str] = "pool show"
    pool: str
    state: str
    allocation_state: str
    batchff: bool
    made: datetime | None
    vm_size: str
    slots: int
    image: str
    specification: PoolSpec | None = field(metadata=WITHOUT_EMPTY)
    nodes: int
    target_nodes: int
    spot: int
    target_spot: int
    autoscaled: bool
    formula_run: FormulaRun | None
    resize_errors: tuple[str, ...]
    node_states: Mapping[str, int]
    node_list: tuple[ShownNode, ...]
    jobs: tuple[JobOnPool, ...]
