"""End a pool that can't work or isn't needed: remove it, or take it to no nodes.

Nodes cost by the minute, whether they work or not. A pool that batchff didn't make is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.errors import (
    BatchffError,
    InterruptedByUser,
    PoolError,
    TimedOutError,
    UnreachableError,
)
from batchff.events import Notice, Warned
from batchff.events.cleanup import Removed
from batchff.model.jobs import JobStatus
from batchff.model.pools import PoolStatus
from batchff.model.states import JOB_ENDED, JobState, PoolState
from batchff.pipeline.pool.autoscale import emptying_formula, resting_formula
from batchff.pipeline.pool.resize import change_formula
from batchff.pipeline.pool.use import pool_is_free

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class PoolEnd(Enum):
    """What became of a pool."""

    AS_IT_WAS = auto()
    """batchff didn't make it, it is gone, it has no nodes anyway, or another job uses it."""
    REMOVED = auto()
    EMPTIED = auto()
    """It stays, and has no nodes."""


@dataclass(frozen=True, slots=True)
class PoolUse:
    """A job and the pool that it runs on, or a pool without one.

    `first` is the job that it retries, where it's not the same. `keep` says that the pool is to
    stay. `feeds` says that this command adds the job's tasks: none comes when it has ended.
    """

    job: str
    pool: str
    first: str = ""
    keep: bool = False
    feeds: bool = False


def use_of(job: JobStatus) -> PoolUse:
    """Return how a job that somebody watches uses its pool."""
    return PoolUse(job.id, job.pool_id, (job.batchff and job.batchff.first_job) or job.id)


@contextmanager
def no_idle_nodes(use: PoolUse, batch: Batch, reporter: Reporter) -> Iterator[None]:
    """If the block ends with an error and the job doesn't go on, end its pool, too.

    A job goes on while it has tasks to run and a pool that can run them. So it does after a
    timeout, and mostly when the user stops the command or a service can't be reached. The hint of a
    PoolError says what became of the pool.
    """
    try:
        yield
    except (UnreachableError, TimedOutError):
        raise
    except PoolError as error:
        became = end_unless_needed(use, batch, reporter, broken=True)
        raise PoolError(error.message, hint=_advice(became, use, error.hint)) from error
    except (InterruptedByUser, KeyboardInterrupt):
        if use.feeds:
            # After Ctrl-C nobody waits for long. If it can't be now, the formula does it later.
            end_unless_needed(use, batch, reporter, patience=0.0)
        raise
    except Exception:
        end_unless_needed(use, batch, reporter)
        raise


def end_unless_needed(
    use: PoolUse,
    batch: Batch,
    reporter: Reporter,
    *,
    broken: bool = False,
    patience: float | None = None,
) -> PoolEnd:
    """End the pool if it's `broken` or its job doesn't go on.

    An error of the service is reported, not raised: why the job doesn't go on matters more.
    """
    try:
        if not broken and _goes_on(use, batch):
            return PoolEnd.AS_IT_WAS
        return _end_pool(use, batch, reporter, broken=broken, patience=patience)
    except BatchffError as error:
        reporter.report(
            Warned(
                f"pool {use.pool} may still have nodes, which cost: {error.message}; "
                f"see: batchff pool show {use.pool}"
            )
        )
        return PoolEnd.AS_IT_WAS


def _end_pool(
    use: PoolUse,
    batch: Batch,
    reporter: Reporter,
    *,
    broken: bool = False,
    patience: float | None = None,
) -> PoolEnd:
    """Remove the pool if it was made for the job and that has ended, or take it to no nodes.

    A `broken` pool can't run the job's tasks: it's removed even while they wait. A pool stays
    without nodes if it is to be kept, was made for another job, or is needed when the command is
    given again. Reports what it did. `patience` is how many seconds to wait for a pool that can't
    be changed at the moment.
    """
    pool = batch.pools.get(use.pool)
    if pool is None or pool.batchff is None or pool.state == PoolState.DELETING:
        return PoolEnd.AS_IT_WAS
    if not pool_is_free(pool.id, batch.jobs.all(), but_for=(use.job,)):
        reporter.report(Notice(f"pool {pool.id} stays: another job uses it"))
        return PoolEnd.AS_IT_WAS
    if not use.keep and _is_own(pool, use) and (broken or _has_ended(use, batch)):
        batch.pools.delete(pool.id)
        reporter.report(Removed("pool", pool.id))
        return PoolEnd.REMOVED
    if not broken and pool.formula_run is not None and not pool.target_nodes:
        return PoolEnd.AS_IT_WAS
    return _empty(pool, batch, reporter, broken, patience)


def _goes_on(use: PoolUse, batch: Batch) -> bool:
    if not use.job:
        return True
    if use.feeds:
        return not _has_ended(use, batch) and batch.tasks.counts(use.job).unfinished > 0
    status = batch.jobs.get(use.job)
    return status is not None and status.state != JobState.DELETING


def _has_ended(use: PoolUse, batch: Batch) -> bool:
    status = batch.jobs.get(use.job)
    return status is None or status.state in JOB_ENDED


def _is_own(pool: PoolStatus, use: PoolUse) -> bool:
    job = pool.batchff.job if pool.batchff else ""
    return job != "" and job in (use.job, use.first)


def _empty(
    pool: PoolStatus,
    batch: Batch,
    reporter: Reporter,
    broken: bool,
    patience: float | None,
) -> PoolEnd:
    spec = pool.batchff.spec if pool.batchff else None
    if not pool.autoscaled or spec is None:
        batch.pools.resize(pool.id, 0, 0)
    else:
        now = datetime.now(UTC)
        # Tasks that come to a pool that works have nodes again.
        formula = resting_formula(spec, now) if broken else emptying_formula(spec, now)
        if not change_formula(pool.id, formula, batch, reporter, patience=patience):
            reporter.report(
                Warned(
                    f"pool {pool.id} can't be changed now, and may have nodes for 20 minutes more, "
                    f"which cost; remove it with: batchff pool delete {pool.id}"
                )
            )
            return PoolEnd.AS_IT_WAS
    reporter.report(Notice(f"pool {pool.id} stays, and its nodes are removed"))
    return PoolEnd.EMPTIED


def _advice(became: PoolEnd, use: PoolUse, otherwise: str) -> str:
    """Say how a job goes on whose pool can't run its tasks."""
    if became is PoolEnd.REMOVED:
        return (
            "the job waits as it is; submit again, with other options for the pool if these can't "
            f"work, to make a new one, or remove the job with: batchff cleanup {use.job}"
        )
    if became is PoolEnd.EMPTIED and use.job:
        return (
            "the job waits as it is; submit again to try once more, or remove both with: "
            f"batchff cleanup {use.job} --pool"
        )
    return otherwise
