"""`batchff submit --estimate`: encodes pieces here, to tell what all comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.model.estimates import Estimate
    from batchff.pipeline.submit.planning.files import PlannedFiles
    from batchff.pipeline.submit.planning.submission import Submission

FOR_MONEY = 10.0
"""Seconds for which a dry run encodes pieces, where that tells what it costs."""


_LEAST = 8.0
"""Seconds for pieces, however long the try took."""


def estimate_of(
    submission: Submission,
    files: PlannedFiles,
    spent: float,
    invocation: Invocation,
    *,
    is_asked: bool,
) -> Estimate | None:
    """Return what a submit is likely to come to; None where nothing is to be encoded.

    Where it isn't asked for, it's told only if nodes cost money whose price is known, and takes a
    shorter time. The seconds that were `spent` on a try count as well.
    """
    from batchff.events import Notice
    from batchff.pipeline.estimate.estimate import estimate
    from batchff.pipeline.estimate.trying import BUDGET, LONGER
    from batchff.pipeline.estimate.works import most_chunks, works_of

    spec, prices = submission.pool_spec, invocation.prices
    if submission.is_done:
        return None
    missing = prices.missing(spec.vm_size, dedicated=spec.nodes, spot=spec.spot)
    if not is_asked and (prices.free or missing):
        return None
    seconds = BUDGET if is_asked else FOR_MONEY
    works = works_of(submission, files.beside.by_source)
    if any(work.recipe.quality is not None for work in works):
        seconds *= LONGER
    seconds = max(seconds - spent, _LEAST)
    invocation.console.report(Notice(f"encoding pieces here, for {seconds:.0f} s at most"))
    return estimate(
        works,
        spec,
        prices,
        here=invocation.profile.has_nodes_here,
        budget=seconds,
        chunks=most_chunks(submission),
        job=submission.plan.job,
    )


def learn_speed(submission: Submission, invocation: Invocation) -> None:
    """Keep how fast the nodes were, where an estimate of the job was made on this machine."""
    from batchff.model.vm_sizes import cores_of
    from batchff.pipeline.estimate.outlook import USED
    from batchff.pipeline.estimate.speeds import is_expected, learn

    job, spec = submission.plan.job, submission.pool_spec
    cores = cores_of(spec.vm_size)
    if submission.is_done or cores is None or not is_expected(job):
        return
    learn(job, invocation.batch.tasks.all(job), spec.vm_size, cores / spec.slots * USED)
