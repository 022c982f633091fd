"""Submit: all the stages, joined. A command given twice finds its job and continues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os.path import lexists
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InputError
from batchff.events import Notice
from batchff.events.cleanup import Removed
from batchff.events.upload import Planned
from batchff.model.files import Item
from batchff.model.jobs import JobOutcome
from batchff.pipeline.job.make import JobPlan, create_job, was_done_before
from batchff.pipeline.plan import Found
from batchff.pipeline.pool.end import PoolUse, end_unless_needed, no_idle_nodes
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.pool.use import GOING, pool_is_free
from batchff.pipeline.stamp import is_ours, stamped_fact
from batchff.pipeline.submit.stream import Stream, Submission
from batchff.pipeline.transfer.download import download
from batchff.pipeline.watch.with_retries import watch_family

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Submitted:
    """How it went, and how many outputs are at home; None when the job was left to itself."""

    outcome: JobOutcome | None
    downloaded: int | None


def refuse_to_overwrite_sources(found: Found, items: tuple[Item, ...], home: Path) -> None:
    """Raise InputError where an output would come home to the place of a file it's made from."""
    sources = {source.path.resolve() for source in found.sources}
    for item in items:
        place = (home / item.output_relative).resolve()
        if place in sources:
            raise InputError(
                f"the output of {item.relative!r} would take the place of {str(place)!r}",
                hint="choose another folder with --out",
            )


def refuse_unwritable(home: Path) -> None:
    """Raise InputError where outputs could not come home to, before anything is paid for.

    Permissions don't tell it for root, nor for every mount: a file that has no name is tried.
    """
    try:
        existing = next(path for path in (home, *home.absolute().parents) if lexists(path))
        with TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(
            f"outputs can't be written to {str(home)!r}: {error.strerror}",
            hint="choose another folder with --out",
        ) from error


def submit(submission: Submission, batch: Batch, storage: Storage, reporter: Reporter) -> Submitted:
    """Make or find the pool and the job, and move the files through it: all stages at a time.

    Outputs of the tasks that succeeded come home even when others failed. The pool that was made
    for this job is removed at the end; it stays where the job is left to itself.
    """
    plan, found = submission.plan, submission.found
    reporter.report(Planned(len(found.sources), found.bytes, dict(found.left_out)))
    if was_done_before(plan, batch, reporter):
        if submission.detach:
            return Submitted(None, None)
        outcome = watch_family(plan.job, batch, storage, reporter)
        with _own_pool_removed(submission, batch, reporter):
            downloaded = download(
                plan.job,
                folder=submission.home,
                container=plan.output_container,
                storage=storage,
                reporter=reporter,
                overwrite=submission.overwrite,
            )
        return Submitted(outcome, downloaded.files)
    use = PoolUse(plan.job, plan.pool, keep=submission.keep_pool, feeds=True)
    with no_idle_nodes(use, batch, reporter):
        ensure_pool(
            plan.pool,
            submission.pool_spec,
            batch,
            reporter,
            for_job="" if submission.keep_pool else plan.job,
            tasks=plan.files,
        )
        create_job(plan, batch, storage, reporter)
        return _run(submission, use, batch, storage, reporter)


def _run(
    submission: Submission, use: PoolUse, batch: Batch, storage: Storage, reporter: Reporter
) -> Submitted:
    """Move the files through a pool and a job that are there."""
    plan = submission.plan
    with Stream(submission, batch, storage, reporter) as stream:
        if submission.detach:
            stream.send_all()
            reporter.report(
                Notice(
                    f"job {plan.job} goes on by itself; come back with: batchff watch {plan.job}, "
                    f"then: batchff download {plan.job}; its pool stays, without nodes, until: "
                    f"batchff cleanup {plan.job} --pool"
                )
            )
            return Submitted(None, None)
        outcome = stream.watch()
        if stream.waits_for_inputs:
            # The same command given again goes on with the same pool; till then it has no nodes.
            end_unless_needed(use, batch, reporter)
            return Submitted(outcome, stream.bring_the_rest())
        with _own_pool_removed(submission, batch, reporter):
            return Submitted(outcome, stream.bring_the_rest())


@contextmanager
def _own_pool_removed(submission: Submission, batch: Batch, reporter: Reporter) -> Iterator[None]:
    """The tasks have ended: the pool has no more use, whatever becomes of the outputs."""
    try:
        yield
    finally:
        if not submission.keep_pool:
            _remove_own_pool(submission.plan, batch, reporter)


def _remove_own_pool(plan: JobPlan, batch: Batch, reporter: Reporter) -> None:
    """Remove the pool if it was made for this job and no other uses it."""
    pool = batch.pools.get(plan.pool)
    if pool is None or not is_ours(pool.metadata) or pool.state == GOING:
        return
    if stamped_fact(pool.metadata, "job") != plan.job:
        return
    if not pool_is_free(plan.pool, batch.jobs.all(), but_for=(plan.job,)):
        reporter.report(Notice(f"pool {plan.pool} stays: another job uses it"))
        return
    batch.pools.delete(plan.pool)
    reporter.report(Removed("pool", plan.pool))
