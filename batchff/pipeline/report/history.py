"""Put together what a report says of a job and its retries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from batchff.ffmpeg.chunks.recipes import OF_A_CHUNK
from batchff.ffmpeg.presets.describe import shell_lines
from batchff.ffmpeg.quality import without_quality
from batchff.model.limits import JobLimits
from batchff.model.report import (
    Commands,
    Figures,
    FileState,
    HowMade,
    JobHistory,
    ReportedFile,
    ReportedNode,
    ReportedStage,
    Stage,
)
from batchff.model.stamp import made_by_version
from batchff.pipeline.job.lookup import logs_of, outputs_of, source_of
from batchff.pipeline.names import set_label, source_name
from batchff.pipeline.report.files import has_outputs, media_seconds, reported_files
from batchff.pipeline.report.gather import Gathered
from batchff.pipeline.report.job import why_it_ended
from batchff.pipeline.report.nodes import (
    Price,
    encoding_seconds,
    reported_nodes,
)
from batchff.pipeline.report.stages import covered_seconds, reported_stages, saved_seconds
from batchff.wording import counted


def job_history(gathered: Gathered, price: Price, currency: str = "") -> JobHistory:
    """Return what is known of a job as a report has it; `price` is what nodes cost."""
    files = reported_files(gathered)
    nodes = reported_nodes(gathered, price)
    stages = reported_stages(gathered, nodes)
    how = _how(gathered)
    figures = _figures(gathered, files, nodes, currency)
    notes = (*gathered.missing, *_notes(gathered, files, nodes, stages))
    if not gathered.family:
        as_of = gathered.now
        return JobHistory(
            "", "", "", True, "", "", None, None, as_of, (), figures, files, (), (), 0.0, how, notes
        )
    first, last = gathered.first, gathered.family[-1]
    facts = first.batchff
    return JobHistory(
        job=first.id,
        name=set_label(source_name(facts)) if facts else "",
        state=last.state,
        is_over=gathered.ended is not None,
        why_ended=why_it_ended(last),
        preset=facts.preset if facts else "",
        made=first.created,
        ended=gathered.ended,
        as_of=gathered.now,
        retries=tuple(job.id for job in gathered.family[1:]),
        figures=figures,
        files=files,
        nodes=nodes,
        stages=stages,
        saved_seconds=round(saved_seconds(stages), 3),
        how=how,
        notes=notes,
    )


def _figures(
    gathered: Gathered,
    files: Sequence[ReportedFile],
    nodes: Sequence[ReportedNode],
    currency: str,
) -> Figures:
    encoded = [each for each in files if each.state is FileState.ENCODED]
    kept = sum(each.state is FileState.KEPT for each in files)
    failed = sum(each.has_failed for each in files)
    before = sum(each.state is FileState.DONE_BEFORE for each in files)
    made = [
        each for each in files if any(has_outputs(task) for task in each.tasks) and not each.is_kept
    ]
    media = media_seconds(gathered)
    encoding = encoding_seconds(nodes)
    lives = ((job.created, job.ended or gathered.now) for job in gathered.family)
    costs = [node.cost for node in nodes]
    known = [cost for cost in costs if cost is not None]
    return Figures(
        files=len(files),
        encoded=len(encoded),
        kept=kept,
        failed=failed,
        partly=sum(each.state is FileState.PARTLY for each in files),
        done_before=before,
        unfinished=len(files) - len(encoded) - kept - failed - before,
        outputs=sum(len(each.outputs) for each in files),
        tasks=sum(len(each.tasks) for each in files),
        seconds=round(covered_seconds(lives), 3),
        media_seconds=round(media, 3) if media else None,
        speed=round(media / encoding, 3) if media and encoding > 0 else None,
        bytes_in=sum(each.bytes or 0 for each in made),
        bytes_out=sum(each.bytes_out or 0 for each in made),
        node_seconds=round(sum(map(_node_seconds, nodes)), 3),
        earlier_attempts=_earlier_attempts(gathered),
        cost=round(sum(known), 6) if known and len(known) == len(costs) else None,
        currency=currency,
    )


def _earlier_attempts(gathered: Gathered) -> int:
    return sum(each.run.earlier_attempts for each in gathered.every)


def _node_seconds(node: ReportedNode) -> float:
    return (node.boot_seconds or 0.0) + node.encode_seconds + node.idle_seconds


def _how(gathered: Gathered) -> HowMade:
    if not gathered.family:
        limits = JobLimits()
        return HowMade(
            gathered.record.command, (), "", "", "", "", 0, "", False, limits.retries + 1,
            limits.task_timeout.total_seconds(), "", "", "",
        )  # fmt: skip
    first = gathered.first
    facts = first.batchff
    assert facts is not None
    pool = gathered.pools.get(first.pool_id)
    return HowMade(
        command=gathered.record.command,
        arguments=tuple(_commands(gathered)),
        batchff=made_by_version(first.metadata),
        ffmpeg=gathered.ffmpeg.version if gathered.ffmpeg else "",
        ffmpeg_source=gathered.ffmpeg.source if gathered.ffmpeg else "",
        vm_size=facts.vm_size or (pool.vm_size if pool else ""),
        slots=facts.slots or (pool.slots if pool else 0),
        pool=first.pool_id,
        pool_exists=pool is not None,
        tries=facts.limits.retries + 1,
        task_seconds=facts.limits.task_timeout.total_seconds(),
        source=source_of(first),
        outputs_at=outputs_of(first).address,
        logs_at=logs_of(first).address,
    )


def _commands(gathered: Gathered) -> Iterator[Commands]:
    """Yield what ran by each preset: of the recipes that it became, the one of the most tasks."""
    uses = Counter(task.recipe for item in gathered.items for task in item.tasks)
    whole = (recipe for recipe in gathered.recipes if not recipe.name.endswith(OF_A_CHUNK))
    names = dict.fromkeys(recipe.name for recipe in whole)
    for name in names:
        numbers = [n for n, recipe in enumerate(gathered.recipes) if recipe.name == name]
        usual = max(numbers, key=lambda number: (uses[number], -number))
        # Each film has a CRF of its own.
        lines = tuple(shell_lines(without_quality(gathered.recipes[usual], "CRF")))
        yield Commands(name, lines, len(numbers))


def _notes(
    gathered: Gathered,
    files: Sequence[ReportedFile],
    nodes: Sequence[ReportedNode],
    stages: Sequence[ReportedStage],
) -> Iterator[str]:
    """Yield what a reader might miss, and why it isn't there."""
    stray = sum(node.boot_seconds is None for node in nodes)
    if stray:
        yield f"when {counted(stray, 'node')} booted isn't known, or was before this job"
    is_over = bool(gathered.family) and gathered.ended is not None
    if is_over and all(stage.stage is not Stage.DOWNLOAD for stage in stages):
        yield "when outputs were downloaded isn't known: only a submit notes it"
    unknown = sum(each.seconds is None and bool(each.tasks) for each in files)
    if unknown:
        yield (
            f"how long {counted(unknown, 'file')} are isn't known"
            if unknown > 1
            else ("how long one file is isn't known")
        )
    away = [node for node in nodes if node.unknown_seconds]
    if away:
        seconds = round(sum(node.unknown_seconds for node in away))
        yield (
            f"what {counted(len(away), 'node')} did for {counted(seconds, 'second')} isn't known, "
            "before a preemption or a return: that isn't in the node time"
        )
    again = _earlier_attempts(gathered)
    if again:
        yield f"{counted(again, 'earlier attempt')} took time that the service doesn't keep"
