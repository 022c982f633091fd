"""Estimate: what a submit would send, make and cost at most, found out by reading alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.model.files import Source
from batchff.model.jobs import JobStatus
from batchff.model.pools import PoolSpec, PoolStatus
from batchff.model.states import JobState
from batchff.pipeline.job.make import JobPlan, find_job
from batchff.pipeline.names import input_blob, input_prefix
from batchff.pipeline.pool.autoscale import EVALUATION_INTERVAL
from batchff.pipeline.pool.make import refuse_if_going
from batchff.pipeline.transfer.upload import is_unchanged

if TYPE_CHECKING:
    from batchff.profile import Prices

# After the last task: the formula still counts it for 5 minutes, the service works the formula out
# once in each interval, and then the nodes take a while to go.
IDLE_AT_THE_END = 3 * EVALUATION_INTERVAL
"""How long nodes stay at most when the work is done."""


@dataclass(frozen=True, slots=True)
class ToSend:
    """What isn't in the input container yet."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class CostBound:
    """The most that the nodes of a submit can cost.

    `hourly` is for all of them, `longest` how long they can be there. An amount is None where a
    price is missing, or where the pool doesn't go to no nodes by itself; `longest` is None there.
    """

    hourly: float | None
    longest: timedelta | None
    most: float | None
    missing_prices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Existing:
    """What exists already: None for what a submit would make; `tasks` is how many the job has."""

    job: JobStatus | None = None
    tasks: int = 0
    pool: PoolStatus | None = None

    @property
    def is_done(self) -> bool:
        """Whether the job was done before, so that nothing runs again."""
        return self.job is not None and self.job.state == JobState.COMPLETED

    @property
    def other_pool(self) -> PoolStatus | None:
        """The pool, if it doesn't go to no nodes by itself: batchff didn't make it."""
        pool = self.pool
        return None if pool is None or (pool.autoscaled and pool.batchff) else pool


def find_existing(plan: JobPlan, batch: Batch) -> Existing:
    """Return what exists already of a submit; raise what that would for names that are taken."""
    job = find_job(plan, batch)
    pool = batch.pools.get(plan.pool)
    refuse_if_going(pool)
    return Existing(job, batch.tasks.counts(job.id).total if job else 0, pool)


def find_unsent(files: Iterable[Source], plan: JobPlan, storage: Storage) -> ToSend:
    """Return what of the files would be sent."""
    prefix = input_prefix(plan.input_set)
    listing = storage.list_blobs(plan.input_container, prefix, metadata=True)
    existing = {blob.name: blob for blob in listing}
    sizes = [
        source.size
        for source in files
        if not is_unchanged(source, existing.get(input_blob(plan.input_set, source.relative)))
    ]
    return ToSend(len(sizes), sum(sizes))


def bound_cost(plan: JobPlan, spec: PoolSpec, existing: Existing, prices: Prices) -> CostBound:
    """Return the most that the nodes of a submit can cost, on their own pool's terms.

    It's the cost of all nodes the pool may have, for as long as the service lets the job live, and
    until the nodes are gone. Without Spot nodes nothing is preempted, so that the time that all
    tasks can run bounds it as well. Where dedicated nodes take over for Spot nodes, all may be
    dedicated.
    """
    if existing.is_done or not plan.counts.tasks:
        return CostBound(0.0, timedelta(), 0.0)
    pool = existing.other_pool
    if pool is not None:
        nodes = {"dedicated": pool.dedicated_nodes, "spot": pool.spot_nodes}
        hourly = prices.cost(pool.vm_size, **nodes)
        return CostBound(hourly, None, None, tuple(prices.missing(pool.vm_size, **nodes)))
    mixes = [{"dedicated": spec.nodes, "spot": spec.spot}]
    if spec.spot and spec.fallback:
        mixes.append({"dedicated": spec.most_nodes, "spot": 0})
    costs = [prices.cost(spec.vm_size, **mix) for mix in mixes]
    known = [cost for cost in costs if cost is not None]
    hourly = max(known) if len(known) == len(costs) else None
    missing = tuple(
        dict.fromkeys(key for mix in mixes for key in prices.missing(spec.vm_size, **mix))
    )
    longest = plan.limits.worst_case
    if not spec.spot:
        rounds = math.ceil(plan.counts.tasks / (spec.nodes * spec.slots))
        longest = min(longest, rounds * plan.limits.running_time)
    longest += IDLE_AT_THE_END
    hours = longest / timedelta(hours=1)
    return CostBound(hourly, longest, None if hourly is None else hourly * hours, missing)
