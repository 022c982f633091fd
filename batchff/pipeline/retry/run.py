"""Retry: encode again what failed or never ran, and only that, with SAS that are good again.

A task is deleted from a job that goes on only when the new job has it. So nothing is lost if the
client dies at any moment, and the same command given again continues.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.events import Notice
from batchff.model.items import count_items
from batchff.model.pools import PoolSpec
from batchff.node.files import VERDICT_FILE
from batchff.pipeline.fingerprints import ffmpeg_generation
from batchff.pipeline.job.feed import add_all
from batchff.pipeline.job.graph import only_tasks
from batchff.pipeline.job.make import create_job
from batchff.pipeline.node_ffmpeg.equip import Supply
from batchff.pipeline.pool.end import PoolUse, no_idle_nodes
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.retry.plan import Retry

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Retried:
    """How many tasks run again in their own job, how many in a new one, and what to watch."""

    reactivated: int
    moved: int
    jobs: tuple[str, ...]


def retry(
    planned: Retry,
    pool: str,
    spec: PoolSpec,
    batch: Batch,
    supply: Supply,
    reporter: Reporter,
) -> Retried:
    """Run the tasks again, on a pool that is made where it doesn't exist; don't wait for them.

    A pool that batchff made goes to no nodes by itself when the tasks are done. `supply` is where
    its nodes find the bundled ffmpeg, in the storage account that has all files of the job.
    """
    for job in planned.unsealed:
        batch.jobs.end_after_tasks(job)
    reactivated: dict[str, int] = {}
    moved = set(planned.moved)
    for place in planned.reactivated:
        # With its verdict there, the next attempt ends at once, as the service's own retries must.
        batch.tasks.delete_file(place.job, place.task, VERDICT_FILE)
        if batch.tasks.reactivate(place.job, place.task):
            reactivated[place.job] = reactivated.get(place.job, 0) + 1
        else:
            moved.add(place.task)
    for job in reactivated:
        status = batch.jobs.get(job)
        if status is not None and status.pool_id == pool:
            ensure_pool(pool, spec, batch, reporter, supply=supply)
    if moved:
        _make_retry(planned, moved, pool, spec, batch, supply, reporter)
    for place in planned.waiting:
        batch.tasks.delete(place.job, place.task)
    return Retried(
        sum(reactivated.values()),
        len(moved),
        (*reactivated, *([planned.new_job] if moved else [])),
    )


def _make_retry(
    planned: Retry,
    moved: set[str],
    pool: str,
    spec: PoolSpec,
    batch: Batch,
    supply: Supply,
    reporter: Reporter,
) -> None:
    storage = supply.storage
    items = only_tasks(planned.items, moved)
    plan = replace(
        planned.plan,
        pool=pool,
        counts=count_items(items),
        container_image=spec.container_image,
        identity=spec.identity,
        ffmpeg=ffmpeg_generation(spec.ffmpeg_version, spec.ffmpeg),
    )
    use = PoolUse(plan.job, pool, plan.folder, feeds=True)
    with no_idle_nodes(use, batch, reporter):
        ensure_pool(pool, spec, batch, reporter, supply=supply, for_job=plan.job)
        create_job(plan, items, batch, storage, reporter)
        add_all(plan, items, batch, storage, reporter)
    reporter.report(
        Notice(
            f"job {plan.job} writes to the outputs of {plan.folder}; its nodes are removed when "
            f"it's done, its pool with: batchff cleanup {plan.job} --pool"
        )
    )
