"""Pool: nodes that have ffmpeg, made or found."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.errors import NotFoundError, PoolError
from batchff.events import PoolReady
from batchff.ffmpeg.start_task import start_task_command_line
from batchff.model import PoolSpec
from batchff.pipeline.scaling import EVALUATION_INTERVAL, scaling_formula
from batchff.pipeline.stamp import is_ours, stamp

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def pool_name(spec: PoolSpec) -> str:
    """Name the pool of this specification, so that the same request finds the same pool."""
    facts = "\0".join(str(fact) for fact in astuple(spec))
    return f"batchff-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"


def choose_pool(job: str, spec: PoolSpec, batch: Batch, *, keep: bool) -> str:
    """Return the id of the pool that a job's `submit` should use or make.

    That's the one the job has; or one of the same specification, made to be shared; or, as a pool
    takes minutes to go and its id with it, one of the job's own.
    """
    existing = batch.jobs.get(job)
    if existing is not None:
        return existing.pool_id
    shared = pool_name(spec)
    status = batch.pools.get(shared)
    if status is not None and status.state == "active":
        return shared
    wanted = shared if keep else job
    for name in (wanted, *(f"{wanted[:60]}-{number}" for number in range(2, 100))):
        status = batch.pools.get(name)
        if status is None or status.state == "active":
            return name
    raise PoolError(f"a hundred pools like {wanted!r} are being deleted", hint="wait for them")


def ensure_pool(
    pool: str, spec: PoolSpec, batch: Batch, reporter: Reporter, *, for_job: str = ""
) -> bool:
    """Make the pool unless it's there; say whether it was made.

    It goes to no nodes by itself when its tasks are done. `for_job` is the job it's made for,
    whose `submit` removes it altogether.
    """
    existing = batch.pools.get(pool)
    if existing is not None and existing.state == "deleting":
        raise PoolError(
            f"pool {pool!r} is being deleted",
            hint="wait until it's gone, or choose another name with --pool",
        )
    formula = scaling_formula(spec, datetime.now(UTC))
    facts = {"job": for_job} if for_job else {}
    created = existing is None and batch.pools.create(
        pool,
        spec,
        formula=formula,
        interval=EVALUATION_INTERVAL,
        start_task=start_task_command_line(),
        metadata=stamp(**facts),
    )
    if existing is not None and existing.autoscaled and is_ours(existing.metadata):
        # It may have gone to no nodes; they are asked for again before the tasks wait for them.
        batch.pools.scale(pool, formula, EVALUATION_INTERVAL)
    reporter.report(PoolReady(pool, created))
    return created


def require_pool(pool: str, batch: Batch) -> None:
    """Raise NotFoundError where the pool doesn't exist: a job's tasks would wait for ever."""
    if batch.pools.get(pool) is None:
        raise NotFoundError(
            f"there is no pool {pool!r}", hint="make it with: batchff pool create, or give --pool"
        )
