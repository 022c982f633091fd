"""`batchff submit --dry-run`: what a submit would do, and the most it could cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from batchff.cli.words.confirm import confirmed
from batchff.cli.words.estimated import estimate_lines, likely_cost
from batchff.cli.words.money import price_hint
from batchff.console.reporter import CommandResult
from batchff.console.words.quality import asked_words
from batchff.console.words.text import files, left_out_text, printable, size
from batchff.model.duration import duration_text
from batchff.model.states import JobState
from batchff.wording import counted, some_clauses

_SHOWN = 3

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.cloud.batch import Batch
    from batchff.cloud.storage import Storage
    from batchff.model.estimates import Estimate
    from batchff.pipeline.job.make import JobPlan
    from batchff.pipeline.submit.planning.estimate import CostBound, Existing, ToSend
    from batchff.pipeline.submit.planning.submission import Submission
    from batchff.profile import Prices, Profile
    from batchff.results.submit.dry_run import DryRun, Pool, ToUpload


def dry_run_result(
    submission: Submission,
    batch: Batch | None,
    storage: Storage | None,
    estimate: Estimate | None,
    invocation: Invocation,
) -> CommandResult:
    """Return what a submit would do; without services, in an account that has nothing in it.

    It only reads. The `estimate` is what it's likely to come to. For names that are taken it raises
    the same errors as the submit.
    """
    from batchff.pipeline.submit.planning.estimate import (
        Existing,
        ToSend,
        bound_cost,
        find_existing,
        find_unsent,
    )
    from batchff.pipeline.submit.planning.fitting import tell_of_fitting

    tell_of_fitting(submission.files, invocation.console)
    plan, prices = submission.plan, invocation.prices
    existing = find_existing(plan, batch) if batch else Existing()
    sent = submission.to_upload
    everything = ToSend(len(sent), sum(file.size for file in sent))
    to_send = find_unsent(sent, plan, storage) if storage and sent else everything
    bound = bound_cost(plan, submission.pool_spec, existing, prices)
    data = _data(submission, existing, to_send, bound, prices, estimate)
    most = cost_text(bound, prices, invocation.profile)
    cost = "; ".join(filter(None, (likely_cost(estimate, prices), most)))
    upload = _upload(data.upload, data.files if data.source else len(sent), data.source)
    here = invocation.profile.has_nodes_here
    told = [*_lines(data, plan, upload)]
    if data.job:
        told += [*(estimate_lines(estimate, here=here) if estimate else ()), ("cost", cost)]
    lines = [f"{name:<8} {printable(text)}" for name, text in told]
    return CommandResult(data, text="\n".join([*lines, "nothing was sent or made"]))


def _data(
    submission: Submission,
    existing: Existing,
    to_send: ToSend,
    bound: CostBound,
    prices: Prices,
    estimate: Estimate | None,
) -> DryRun:
    from batchff.pipeline.job.graph import not_encoded_in
    from batchff.results.submit.dry_run import Cost, DryRun, Film, Limits, ToUpload

    plan, found = submission.plan, submission.found
    pool = _pool(submission, existing)
    return DryRun(
        job="" if submission.is_done else plan.job,
        job_state=existing.job.state if existing.job else "",
        input_set=plan.input_set,
        source=plan.source.address if plan.source else "",
        outputs_at=plan.outputs.address,
        downloads=submission.options.downloads,
        not_encoded=not_encoded_in(submission.items),
        done_before=plan.counts.done,
        reasons=submission.earlier.counts,
        films=tuple(Film(each.file, each.chunks, each.reason) for each in submission.cuts),
        files=len(found.sources),
        bytes=found.bytes,
        left_out=dict(found.left_out),
        upload=ToUpload(to_send.files, to_send.bytes),
        tasks=plan.counts.tasks,
        outputs=plan.counts.outputs,
        tasks_standing=existing.tasks,
        pool=pool,
        limits=Limits(
            job_seconds=plan.limits.worst_case.total_seconds(),
            queue_seconds=plan.limits.queue_time.total_seconds(),
            task_seconds=plan.limits.task_timeout.total_seconds(),
            tries=plan.limits.retries + 1,
        ),
        cost=Cost(
            currency=prices.currency,
            node_hour=prices.cost(pool.vm_size, dedicated=1),
            spot_node_hour=prices.cost(pool.vm_size, spot=1),
            hourly=bound.hourly,
            hours=None if bound.longest is None else bound.longest / timedelta(hours=1),
            most=bound.most,
            missing_prices=bound.missing_prices,
        ),
        estimate=estimate,
    )


def _lines(data: DryRun, plan: JobPlan, upload: str) -> Iterator[tuple[str, str]]:
    """Yield what a dry run says, by name."""
    limits, is_placed = plan.limits, plan.to is not None
    pool, why = data.pool, _why(data)
    yield "files", f"{data.files:,}, {size(data.bytes)}{left_out_text(data.left_out)}"
    if data.not_encoded:
        bad = [f"{each.file}: {each.reason}" for each in data.not_encoded]
        yield "failed", some_clauses(bad, _SHOWN)
    yield "upload", upload
    if is_placed:
        yield "outputs", f"written to {data.outputs_at}"
    elif not data.downloads:
        yield "outputs", f"they stay at {data.outputs_at}"
    if data.done_before:
        yield "done", f"{files(data.done_before)} before, by jobs with the same arguments"
    if not data.job:
        yield "job", "none: nothing is left to encode"
        return
    yield "job", f"{data.job} ({_job(data.job_state)}): {_tasks(data.tasks, data.tasks_standing)}"
    if why:
        yield "", why
    asked = dict.fromkeys(words for recipe in plan.recipes if (words := asked_words(recipe)))
    for number, words in enumerate(asked):
        yield "" if number else "quality", words
    for film in data.films[:_SHOWN]:
        how = (
            f"in {film.chunks} chunks, joined at the end"
            if film.chunks
            else f"encoded whole: {film.reason}"
        )
        yield "film", f"{film.file}: {how}"
    yield (
        "limits",
        f"{duration_text(limits.task_timeout)} for an attempt at a file and {data.limits.tries} "
        f"of them; the job ends after {duration_text(limits.worst_case)} at the latest",
    )
    yield "pool", f"{pool.id} ({'reused' if pool.state else 'new'}): {_nodes(pool)}"


def _why(data: DryRun) -> str:
    """Return why tasks run, where that isn't plain: of a first submit everything is new."""
    if tuple(data.reasons) == ("new",) and not data.done_before:
        return ""
    return ", ".join(f"{count:,} {reason}" for reason, count in data.reasons.items())


def is_affordable(submission: Submission, batch: Batch, invocation: Invocation) -> bool:
    """Ask where a submit could cost more than `prices.ask_above`, or an unknown amount.

    Returns whether to submit. Raises UsageError where there is no terminal to ask on.
    """
    prices = invocation.prices
    if prices.ask_above is None or prices.free:
        return True
    from batchff.pipeline.submit.planning.estimate import bound_cost, find_existing

    plan = submission.plan
    bound = bound_cost(plan, submission.pool_spec, find_existing(plan, batch), prices)
    if bound.most is not None and bound.most <= prices.ask_above:
        return True
    cost = cost_text(bound, prices, invocation.profile)
    return confirmed(
        "Submit it?", f"cost: {cost}", f"this could cost more than {prices.text(prices.ask_above)}"
    )


def cost_text(bound: CostBound, prices: Prices, profile: Profile) -> str:
    """Return the most that a submit can cost, in words."""
    if prices.free:
        return "none: it runs on this machine"
    if bound.most == 0 and not bound.longest:
        return "none: the job is done"
    if bound.hourly is None:
        return f"not known: {price_hint(profile, bound.missing_prices)}"
    rate = f"{prices.text(bound.hourly)} an hour with all nodes"
    if bound.longest is None or bound.most is None:
        return f"{rate}, with or without this job: the pool keeps its nodes"
    return (
        f"at most {prices.text(bound.most)}: {rate}, for {duration_text(bound.longest)} if every "
        "task took as long as it may; nodes are removed when the work is done, so it's usually less"
    )


def _upload(to_upload: ToUpload, of: int, source: str) -> str:
    if source:
        return f"nothing: {files(of)} at {source}"
    unchanged = of - to_upload.files
    if not to_upload.files:
        return f"nothing: {files(unchanged)} unchanged" if unchanged else "nothing"
    return f"{files(to_upload.files)}, {size(to_upload.bytes)}" + (
        f"; {unchanged:,} unchanged" if unchanged else ""
    )


def _job(state: str) -> str:
    if state == JobState.COMPLETED:
        return "done"
    return "continued" if state else "new"


def _tasks(count: int, existing: int) -> str:
    return counted(count, "task") + (f", {existing:,} of them exist" if existing else "")


def _pool(submission: Submission, existing: Existing) -> Pool:
    """Return the nodes that the pool may have; of a pool of another program, those that it has."""
    from batchff.results.submit.dry_run import Pool

    spec, other = submission.pool_spec, existing.other_pool
    return Pool(
        id=submission.plan.pool,
        state=existing.pool.state if existing.pool else "",
        vm_size=other.vm_size if other else spec.vm_size,
        nodes=other.dedicated_nodes if other else spec.nodes,
        spot=other.spot_nodes if other else spec.spot,
        max_nodes=other.current_nodes if other else spec.most_nodes,
        slots=other.slots if other else spec.slots,
        scales_to_zero=other is None,
    )


def _nodes(pool: Pool) -> str:
    kinds = [
        counted(count, f"{kind} node")
        for count, kind in ((pool.nodes, "dedicated"), (pool.spot, "Spot"))
        if count
    ]
    limit = f", {pool.max_nodes} at most" if pool.max_nodes != pool.nodes + pool.spot else ""
    nodes = " and ".join(kinds) or "no nodes now"
    return f"{pool.vm_size}, {nodes}{limit}, {counted(pool.slots, 'task')} on each at a time"
