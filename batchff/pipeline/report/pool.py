"""Report a pool: its nodes, what's wrong with them, and the jobs that use it."""

from __future__ import annotations

from dataclasses import dataclass

from batchff.cloud.batch import Batch
from batchff.errors import NotFoundError
from batchff.model.jobs import JobStatus
from batchff.model.pools import NodeStatus, PoolStatus
from batchff.model.states import NODE_BROKEN
from batchff.pipeline.beginnings import only_one
from batchff.pipeline.names import is_id
from batchff.pipeline.pool.use import jobs_on
from batchff.pipeline.pool.watch import start_task_output

# What each of many nodes said would be the same, and costs a request or two.
_OUTPUTS_READ = 3


@dataclass(frozen=True, slots=True)
class PoolReport:
    """What is known of a pool; `outputs` are the last lines of start tasks that failed, by node."""

    pool: PoolStatus
    nodes: tuple[NodeStatus, ...]
    outputs: dict[str, tuple[str, ...]]
    jobs: tuple[JobStatus, ...]


def report_pool(pool: str, batch: Batch) -> PoolReport:
    """Look at a pool, its nodes and its jobs; raise NotFoundError where there is no such pool."""
    status = require_status(pool, batch)
    nodes = batch.pools.nodes(status.id)
    broken = [node.id for node in nodes if node.state in NODE_BROKEN]
    return PoolReport(
        status,
        tuple(nodes),
        {node: start_task_output(status.id, node, batch) for node in broken[:_OUTPUTS_READ]},
        jobs_on(status.id, batch.jobs.all()),
    )


def require_status(pool: str, batch: Batch) -> PoolStatus:
    """Return the pool of this id, or else the only one whose id begins so.

    Raises NotFoundError for none, UsageError for several.
    """
    status = batch.pools.get(pool) if is_id(pool) else None
    if status is None and (named := named_pool(pool, batch)) != pool:
        status = batch.pools.get(named)
    if status is None:
        raise NotFoundError(f"there is no pool {pool!r}", hint="see: batchff pool list --all")
    return status


def named_pool(name: str, batch: Batch) -> str:
    """Return the id of the pool of this id, or else of the only one whose id begins so.

    Raises UsageError for several; where there is none, it returns the name.
    """
    begun = [pool.id for pool in batch.pools.beginning(name)] if is_id(name) else []
    whole = [pool for pool in begun if pool.lower() == name.lower()]
    return only_one("pool", name, whole or begun) or name
