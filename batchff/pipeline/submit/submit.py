"""Submit: run all stages at once. A command given twice finds its job and continues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Notice
from batchff.events.cleanup import Removed
from batchff.events.jobs import FileNotEncoded
from batchff.events.upload import Planned
from batchff.model.jobs import JobOutcome
from batchff.model.states import JOB_ENDED, PoolState
from batchff.pipeline.default_folder import folder_of_job
from batchff.pipeline.job.graph import all_outputs, not_encoded_in, not_plain
from batchff.pipeline.job.make import JobPlan, create_job, was_done_before
from batchff.pipeline.names import joined_names
from batchff.pipeline.node_ffmpeg.equip import Supply
from batchff.pipeline.pool.end import PoolUse, end_unless_needed, no_idle_nodes
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.pool.use import pool_is_free
from batchff.pipeline.submit.made_outputs import require_outputs
from batchff.pipeline.submit.notes import Notes
from batchff.pipeline.submit.planning.fitting import tell_of_fitting
from batchff.pipeline.submit.planning.planning import (
    tell_of_cuts,
    tell_of_done,
    warn_of_running,
)
from batchff.pipeline.submit.planning.submission import Submission
from batchff.pipeline.submit.stream import open_stream
from batchff.pipeline.transfer.carry import carry
from batchff.pipeline.transfer.download import download
from batchff.pipeline.watch.with_retries import watch_with_retries, with_not_encoded
from batchff.pipeline.watch.work import planned_work

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Submitted:
    """How a submit ended, and how many outputs are downloaded.

    Both are None when the job was left to itself.
    """

    outcome: JobOutcome | None
    downloaded: int | None


def submit(submission: Submission, batch: Batch, storage: Storage, reporter: Reporter) -> Submitted:
    """Make or find the pool and the job, and move the files through all stages at once.

    Outputs of the tasks that succeeded are downloaded even when others failed, unless they are to
    stay in storage. The pool that was made for this job is removed at the end; it stays where the
    job is left to itself.
    """
    notes = Notes(reporter)
    submitted = _submit(submission, batch, storage, notes)
    if not submission.is_done:
        notes.keep(submission.plan, storage)
    return submitted


def _submit(submission: Submission, batch: Batch, storage: Storage, reporter: Notes) -> Submitted:
    plan, found = submission.plan, submission.found
    reporter.report(Planned(len(found.sources), found.bytes, dict(found.left_out)))
    if submission.is_done:
        return _download_done(submission, storage, reporter)
    if was_done_before(plan, batch, reporter):
        # What isn't encoded is told when that job is watched.
        return _download_again(submission, batch, storage, reporter)
    source = plan.source.address if plan.source else plan.input_set
    preset = joined_names(plan.presets)
    planned = planned_work(plan.job, source, preset, submission.items)
    downloads = submission.options.downloads and not submission.options.detach
    reporter.report(replace(planned, sends=plan.source is None, downloads=downloads))
    tell_of_fitting(submission.files, reporter)
    tell_of_cuts(submission.cuts, reporter)
    tell_of_done(plan.counts, submission.earlier.jobs, reporter)
    if submission.options.detach or submission.options.again:
        warn_of_running(plan, batch, reporter)
    for each in not_encoded_in(submission.items):
        reporter.report(FileNotEncoded(each.file, each.reason))
    keep = submission.options.keep_pool
    use = PoolUse(plan.job, plan.pool, keep=keep, feeds=True)
    with no_idle_nodes(use, batch, reporter):
        ensure_pool(
            plan.pool,
            submission.pool_spec,
            batch,
            reporter,
            supply=Supply(storage, submission.ffmpeg_container, plan.limits.worst_case),
            for_job="" if keep else plan.job,
            tasks=plan.counts.tasks,
        )
        create_job(plan, submission.items, batch, storage, reporter)
        carry(submission.to_carry, plan.folder, plan.output_container, storage, reporter)
        return _run(submission, use, batch, storage, reporter)


def with_folder(submission: Submission) -> Submission:
    """Return a submission that has taken the default folder, if its outputs go there."""
    default = folder_of_job(submission.plan.facts())
    if not submission.options.downloads or submission.folder != default.path:
        return submission
    return replace(submission, folder=default.claim())


def _download_done(submission: Submission, storage: Storage, reporter: Reporter) -> Submitted:
    """Download what earlier jobs made: nothing is left to make, so there's no pool and no job."""
    plan, counts = submission.plan, submission.plan.counts
    tell_of_done(counts, submission.earlier.jobs, reporter)
    for each in not_encoded_in(submission.items):
        reporter.report(FileNotEncoded(each.file, each.reason))
    outcome = JobOutcome("", 0, 0, 0, (), done_before=counts.done)
    outcome = with_not_encoded(outcome, not_encoded_in(submission.items))
    if submission.options.detach or not submission.options.downloads:
        return Submitted(outcome, 0)
    carry(submission.to_carry, plan.folder, plan.output_container, storage, reporter)
    downloaded = download(
        plan.outputs,
        folder=submission.folder,
        storage=storage,
        reporter=reporter,
        overwrite=submission.options.overwrite,
        planned=(*not_plain(submission.items), *submission.carried),
    )
    return Submitted(outcome, downloaded.files)


def _download_again(
    submission: Submission, batch: Batch, storage: Storage, reporter: Notes
) -> Submitted:
    """Download what is missing of a job that has run before."""
    if submission.options.detach:
        return Submitted(None, None)
    plan = submission.plan
    carry(submission.to_carry, plan.folder, plan.output_container, storage, reporter)
    downloads = submission.options.downloads
    outcome = watch_with_retries(plan.job, batch, storage, reporter, downloads=downloads)
    with _own_pool_removed(submission, batch, reporter):
        if not submission.options.downloads:
            require_outputs(submission, outcome.outputs, storage)
            return Submitted(outcome, 0)
        downloaded = download(
            plan.outputs,
            folder=submission.folder,
            storage=storage,
            reporter=reporter,
            overwrite=submission.options.overwrite,
            planned=(
                *(all_outputs if plan.to else not_plain)(submission.items),
                *submission.carried,
            ),
        )
        require_outputs(submission, outcome.outputs, storage)
    return Submitted(outcome, downloaded.files)


def _run(
    submission: Submission, use: PoolUse, batch: Batch, storage: Storage, reporter: Notes
) -> Submitted:
    """Move the files through a pool and a job that are there."""
    job = submission.plan.job
    with open_stream(submission, batch, storage, reporter) as stream:
        if submission.options.detach:
            if not stream.send_all():
                end_unless_needed(use, batch, reporter)
                return Submitted(None, None)
            then = f"then: batchff download {job}"
            if not submission.options.downloads:
                then = f"its outputs stay at {submission.plan.outputs.address}"
            reporter.report(
                Notice(
                    f"job {job} goes on by itself; come back with: batchff watch {job}, "
                    f"{then}; its pool stays, without nodes, until: batchff cleanup {job} --pool"
                )
            )
            return Submitted(None, None)
        outcome = stream.watch()
        if stream.waits_for_inputs:
            # The same command given again goes on with the same pool; till then it has no nodes.
            end_unless_needed(use, batch, reporter)
            return Submitted(outcome, stream.fetch_the_rest())
        with _own_pool_removed(submission, batch, reporter):
            fetched = stream.fetch_the_rest()
            if not submission.options.downloads:
                require_outputs(submission, outcome.outputs, storage)
            return Submitted(outcome, fetched)


@contextmanager
def _own_pool_removed(submission: Submission, batch: Batch, reporter: Notes) -> Iterator[None]:
    """Remove the pool at the end of the block, even where a download fails: no task needs it."""
    try:
        yield
    finally:
        if not submission.options.keep_pool:
            _remove_own_pool(submission.plan, batch, reporter)


def _remove_own_pool(plan: JobPlan, batch: Batch, reporter: Notes) -> None:
    """Remove the pool if no other job uses it, and it was made for this one or one that ended.

    The job that it was made for left it, because this one still used it. If that job doesn't
    exist, it may be about to be made.
    """
    pool = batch.pools.get(plan.pool)
    if pool is None or pool.batchff is None or pool.state == PoolState.DELETING:
        return
    maker = pool.batchff.job
    if not maker or (maker != plan.job and not _is_over(maker, batch)):
        return
    if not pool_is_free(plan.pool, batch.jobs.all(), but_for=(plan.job,)):
        reporter.report(Notice(f"pool {plan.pool} stays: another job uses it"))
        return
    reporter.see_nodes(plan.pool, batch)
    batch.pools.delete(plan.pool)
    reporter.report(Removed("pool", plan.pool))


def _is_over(job: str, batch: Batch) -> bool:
    status = batch.jobs.get(job)
    return status is not None and status.state in JOB_ENDED
