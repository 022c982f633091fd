"""`batchff job show`: a job's state, tasks and node-hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.jobs import JobId
from batchff.cli.words.layout import Fact, first_of, named, second
from batchff.cli.words.outcome import how_to_go_on, how_to_mend_arguments
from batchff.console.reporter import CommandResult
from batchff.model.states import JobState
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.model.jobs import JobStatus, TaskCounts
    from batchff.model.recipes import Recipe
    from batchff.pipeline.report.ffmpeg import NodesFfmpeg
    from batchff.pipeline.report.job import JobReport, NodeTime
    from batchff.profile import Prices
    from batchff.results.job.show import JobShow, Limits, Measured, NodeSeconds

app = App()

_NAMES_SHOWN = 10
_HOUR = 3600.0


@app.command()
def show(context: typer.Context, job: JobId) -> CommandResult:
    """Show a job: its tasks, why they failed, and its node-hours."""
    from batchff.pipeline.report import job as job_report
    from batchff.pipeline.report.ffmpeg import report_ffmpeg

    invocation = invocation_of(context)
    report = job_report.report_job(job, invocation.batch, invocation.storage)
    ffmpeg = report_ffmpeg(report.job, report.ended_task, lambda: invocation.storage)
    prices = invocation.prices
    cost = _cost(report.node_time, prices)
    recipes = _recipes(report, invocation)
    measured = _measured(report, recipes, invocation)
    return CommandResult(
        _data(report, ffmpeg, recipes, cost, prices.currency, measured),
        text=named(
            _lines(report, ffmpeg, None if cost is None else prices.text(cost), measured), width=11
        ),
    )


def _cost(time: NodeTime, prices: Prices) -> float | None:
    """Return what the node-hours cost; None where they or their prices aren't known."""
    if prices.free or time.dedicated is None or time.spot is None:
        return None
    return prices.cost(time.vm_size, dedicated=time.dedicated / _HOUR, spot=time.spot / _HOUR)


def _recipes(report: JobReport, invocation: Invocation) -> tuple[Recipe, ...]:
    """Return what the job's tasks run, where storage can be asked."""
    from batchff.errors import BatchffError
    from batchff.pipeline.job.make import stored_recipes
    from batchff.pipeline.job.retries import first_job_of

    facts = report.job.batchff
    if facts is None:
        return ()
    try:
        first = first_job_of(report.job)
        return stored_recipes(first, facts.output_container, invocation.storage)
    except BatchffError:
        return ()  # the rest needs no storage


def _measured(
    report: JobReport, recipes: tuple[Recipe, ...], invocation: Invocation
) -> tuple[Measured, ...]:
    """Return what nodes measured of the outputs, where storage can be asked."""
    from batchff.errors import BatchffError
    from batchff.pipeline.job.retries import first_job_of
    from batchff.pipeline.report.quality import qualities_of
    from batchff.results.job.show import Measured

    facts = report.job.batchff
    if facts is None or not recipes:
        return ()
    first = first_job_of(report.job)
    try:
        found = qualities_of(first, facts.output_container, recipes, invocation.storage)
    except BatchffError:
        return ()
    return tuple(Measured(each.file, each.quality, each.kept) for each in found)


def _data(
    report: JobReport,
    ffmpeg: NodesFfmpeg | None,
    recipes: tuple[Recipe, ...],
    cost: float | None,
    currency: str,
    measured: tuple[Measured, ...],
) -> JobShow:
    from batchff.pipeline.job.lookup import logs_of, outputs_of, source_of
    from batchff.pipeline.report.job import why_it_ended
    from batchff.results.job.show import Cost, Failure, JobShow, Unreachable

    job, facts = report.job, report.job.batchff
    return JobShow(
        job=job.id,
        state=job.state,
        batchff=facts is not None,
        pool=job.pool_id,
        pool_exists=report.pool is not None,
        pool_gave_up=report.pool_gave_up,
        preset=facts.preset if facts else None,
        source=source_of(job),
        outputs_at=outputs_of(job).address if facts else "",
        logs_at=logs_of(job).address if facts else "",
        arguments=tuple(run.arguments for recipe in recipes for run in recipe.runs),
        measured=measured,
        ffmpeg=(ffmpeg.version if ffmpeg else "") or None,
        ffmpeg_source=ffmpeg.source if ffmpeg else None,
        made=job.created,
        ended=job.ended,
        reason=why_it_ended(job) or None,
        priority=job.priority,
        limits=_limits(job),
        files=facts.files if facts else 0,
        not_encoded=report.not_encoded,
        outputs=facts.outputs if facts else 0,
        done_before=facts.done if facts else 0,
        tasks=report.counts,
        tasks_to_add=report.to_add,
        failures=tuple(
            Failure(
                task=failure.task,
                file=failure.file,
                reason=failure.reason,
                exit_code=failure.exit_code,
                input_at_fault=failure.input_at_fault,
                arguments_at_fault=failure.arguments_at_fault,
                preset=failure.preset,
                node=failure.node,
                started=failure.started,
                ended=failure.ended,
            )
            for failure in report.failures
        ),
        retries=tuple(later.id for later in report.retries),
        unreachable=tuple(Unreachable(task.id, task.name) for task in report.unreachable),
        task_seconds=round(report.node_time.tasks, 3),
        node_seconds=_node_seconds(report.node_time),
        earlier_attempts=report.node_time.earlier_attempts,
        vm_size=report.node_time.vm_size,
        cost=None if cost is None else Cost(round(cost, 6), currency),
    )


def _limits(job: JobStatus) -> Limits:
    from batchff.results.job.show import Limits

    wall_clock, limits = job.max_wall_clock, job.batchff.limits if job.batchff else None
    return Limits(
        job_seconds=wall_clock.total_seconds() if wall_clock else None,
        task_seconds=limits.task_timeout.total_seconds() if limits else None,
        tries=limits.retries + 1 if limits else job.max_task_retries + 1,
    )


def _node_seconds(time: NodeTime) -> NodeSeconds | None:
    from batchff.results.job.show import NodeSeconds

    if time.dedicated is None or time.spot is None:
        return None
    return NodeSeconds(round(time.dedicated, 3), round(time.spot, 3))


def _lines(
    report: JobReport,
    ffmpeg: NodesFfmpeg | None,
    cost: str | None,
    measured: tuple[Measured, ...],
) -> Iterator[Fact]:
    from batchff.console.words.text import printable, task_name
    from batchff.model.node_ffmpeg import ffmpeg_text
    from batchff.pipeline.report.job import why_it_ended

    job = report.job
    facts = job.batchff
    ours = facts is not None
    reason = why_it_ended(job)
    yield "job", job.id
    yield "state", job.state + (f": {printable(reason)}" if reason else "")
    yield "pool", job.pool_id + ("" if report.pool else " (deleted)")
    if report.pool_gave_up:
        yield "", "it has no nodes: tasks waited on them and none ran; see: batchff pool show"
    yield "preset", printable(facts.preset if facts else "none: another program made the job")
    yield from _places(job)
    if ffmpeg:
        yield "ffmpeg", printable(ffmpeg_text(ffmpeg.version, ffmpeg.source))
    yield "made", second(job.created)
    yield from _life(job)
    yield from _task_lines(report)
    yield from _node_lines(report.node_time, cost)
    yield from _quality_lines(measured)
    failed = [
        f"{task_name(failure.file, failure.preset)}: {printable(failure.reason)}"
        for failure in report.failures
    ]
    yield from first_of("failed", failed, _NAMES_SHOWN, report.counts.failed)
    waiting = [printable(task.name) for task in report.unreachable]
    yield from first_of("unreachable", waiting, _NAMES_SHOWN)
    bad = [f"{printable(each.file)}: {printable(each.reason)}" for each in report.not_encoded]
    yield from first_of("not sent", bad, _NAMES_SHOWN)
    if failed and not report.retries:
        yield "", f"their logs: batchff logs {job.id}"
    if report.unreachable:
        yield "", f"they never run; stop the job with: batchff job stop {job.id}"
    retries = [f"{later.id} ({later.state})" for later in report.retries]
    yield from first_of("retried in", retries, _NAMES_SHOWN)
    if retries:
        yield "", f"see how it goes on with: batchff watch {job.id}"
    elif ours:
        for advice in _advice(report):
            yield "", advice


def _quality_lines(measured: tuple[Measured, ...]) -> Iterator[Fact]:
    """Yield the measured quality of each file, and which sources are kept."""
    from batchff.console.words.quality import kept_words, quality_words, range_words
    from batchff.console.words.text import printable

    found = [
        f"{printable(each.file)}: {quality_words(each.quality)}"
        for each in measured
        if each.quality
    ]
    yield from first_of("quality", found, _NAMES_SHOWN)
    if len(found) > 1:
        made = (each.quality for each in measured if each.quality and not each.kept)
        yield "", f"all: {range_words(made)}"
    kept = [f"{printable(each.file)}: {kept_words(each.kept)}" for each in measured if each.kept]
    yield from first_of("kept", kept, _NAMES_SHOWN)


def _task_lines(report: JobReport) -> Iterator[Fact]:
    """Yield how many tasks there are, and how many there are not yet, or need not be."""
    from batchff.pipeline.job.retries import how_to_continue

    facts = report.job.batchff
    yield "tasks", _counted(report.counts, "encoded" if facts else "succeeded")
    if facts and facts.done:
        yield "", f"none for {counted(facts.done, 'file')} that earlier jobs encoded"
    if report.to_add:
        yield "to add", counted(report.to_add, "task")
        yield "", how_to_continue(report.job)


def _life(job: JobStatus) -> Iterator[Fact]:
    """Yield when the job ended, or when it ends at the latest, and how tasks are tried."""
    from batchff.model.duration import duration_text

    if job.ended:
        took = duration_text(job.ended - job.created)
        yield "ended", f"{second(job.ended)}, after {took}"
    if job.max_wall_clock:
        yield "limits", f"the job ends {duration_text(job.max_wall_clock)} after it was made"
    if job.batchff:
        limits = job.batchff.limits
        tries = "once" if not limits.retries else f"at most {limits.retries + 1} times"
        yield "", f"a task is tried {tries}, for {duration_text(limits.task_timeout)} each"


def _places(job: JobStatus) -> Iterator[Fact]:
    """Yield where media and outputs are, if not where batchff puts them by itself."""
    from batchff.console.words.text import printable
    from batchff.pipeline.job.lookup import outputs_of, source_of

    if source := source_of(job):
        yield "media", printable(source)
    if job.batchff and job.batchff.to:
        yield "outputs", printable(outputs_of(job).address)


def _advice(report: JobReport) -> Iterator[str]:
    from batchff.pipeline.job.lookup import source_of

    counts = report.counts
    failed = counts.failed - report.arguments_at_fault
    never_ran = counts.unfinished if report.job.state == JobState.COMPLETED else 0
    job, source = report.job.id, source_of(report.job)
    if report.arguments_at_fault:
        yield from how_to_mend_arguments()
        never_ran = 0  # they would fail as well
        if report.was_stopped_for_that:
            return
    yield from how_to_go_on(job, failed, report.inputs_at_fault, never_ran, source)


def _node_lines(time: NodeTime, cost: str | None) -> Iterator[Fact]:
    if time.dedicated is None or time.spot is None:
        rest = "hours of tasks, but how many shared a node isn't known any more"
        yield "node-hours", f"unknown: {_hours(time.tasks)} {rest}"
        return
    spot = f", {_hours(time.spot)} of them Spot" if time.spot else ""
    size = f" of {time.vm_size}" if time.vm_size else ""
    yield "node-hours", f"{_hours(time.dedicated + time.spot)}{size}{spot}"
    yield "", "the tasks' share of their nodes; booting and idle nodes come on top"
    if time.earlier_attempts:
        several = "attempt isn't" if time.earlier_attempts == 1 else "attempts aren't"
        yield "", f"{time.earlier_attempts} earlier {several} counted: the service keeps no times"
    if cost is not None:
        yield "cost", f"{cost}, by the profile's prices"


def _hours(seconds: float) -> str:
    hours = seconds / _HOUR
    return f"{hours:.2f}" if hours >= 0.1 else f"{hours:.4f}"


def _counted(counts: TaskCounts, succeeded: str) -> str:
    named = {
        succeeded: counts.succeeded,
        "failed": counts.failed,
        "running": counts.running,
        "waiting": counts.active,
    }
    said = ", ".join(f"{count} {name}" for name, count in named.items() if count)
    return f"{counts.total}: {said}" if said else "none"
