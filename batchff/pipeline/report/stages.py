"""The stages of a report: when each went on, and how they overlapped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from batchff.model.jobs import JobStatus
from batchff.model.report import Part, Phase, ReportedNode, ReportedStage, Stage
from batchff.pipeline.report.gather import Gathered

_BOOTED_BEFORE = timedelta(minutes=5)
"""A pool is made before its job, and its first nodes can be there before that, too."""


def reported_stages(gathered: Gathered, nodes: Sequence[ReportedNode]) -> tuple[ReportedStage, ...]:
    """Return when the stages ran, as far as times of blobs, tasks and nodes tell it."""
    found: list[ReportedStage | None] = [_upload(gathered)]
    for job, following in pairwise((*gathered.family, None)):
        assert job is not None
        found += [_boot(job, following, nodes), _encode(job, gathered)]
    # A submit downloads while its own job goes on.
    found.insert(3, _download(gathered))
    return tuple(stage for stage in found if stage is not None)


def _upload(gathered: Gathered) -> ReportedStage | None:
    """Return when the sources came that weren't there before the job."""
    if not gathered.family:
        return None
    made = gathered.first.created.replace(microsecond=0)  # as blobs' times are
    wanted = {name for item in gathered.items if item.tasks for name in item.inputs}
    came = [
        blob for name, blob in gathered.inputs.items() if name in wanted and blob.modified >= made
    ]
    if not came:
        return None
    return ReportedStage(
        Stage.UPLOAD,
        gathered.first.created,
        max(gathered.first.created, *(blob.modified for blob in came)),
        len(came),
        sum(blob.size for blob in came),
        gathered.first.id,
    )


def _boot(
    job: JobStatus, following: JobStatus | None, nodes: Sequence[ReportedNode]
) -> ReportedStage | None:
    """Return when nodes booted for a job, before the one that followed it."""
    boots = [
        span
        for node in nodes
        for span in node.spans
        if span.phase is Phase.BOOT
        and span.ended >= job.created - _BOOTED_BEFORE
        and (following is None or span.ended < following.created - _BOOTED_BEFORE)
    ]
    if not boots:
        return None
    parts = tuple(_joined((each.started, each.ended) for each in boots))
    return ReportedStage(
        *(Stage.BOOT, parts[0].started, parts[-1].ended, len(boots), None, job.id),
        parts=parts if len(parts) > 1 else (),
    )


def _encode(job: JobStatus, gathered: Gathered) -> ReportedStage | None:
    found = [each for each in gathered.every if each.run.started and each.job.id == job.id]
    runs = [each.run for each in found]
    if not runs:
        return None
    started = min(run.started for run in runs if run.started is not None)
    ended = max(run.ended or gathered.now for run in runs)
    files = {run.status.name for run in runs}
    succeeded = {run.status.id for run in runs if run.status.succeeded}
    size = _made(succeeded, gathered) or None
    return ReportedStage(Stage.ENCODE, started, ended, len(files), size, job.id)


def _made(tasks: Collection[str], gathered: Gathered) -> int:
    """Return the size of what these tasks made; of a folder, only of what shows that it's there."""
    blobs = {
        output.blob
        for item in gathered.items
        for task in item.tasks
        if task.id in tasks
        for output in item.made_by(task)
    }
    return sum(blob.size for name, blob in gathered.blobs.items() if name in blobs)


def _download(gathered: Gathered) -> ReportedStage | None:
    known = gathered.record.downloaded
    if known is None:
        return None
    first = gathered.first.id
    size = known.bytes
    return ReportedStage(Stage.DOWNLOAD, known.started, known.ended, known.outputs, size, first)


def saved_seconds(stages: Sequence[ReportedStage]) -> float:
    """Return how much less time the stages took together than one after the other."""
    covered = covered_seconds(
        (part.started, part.ended) for stage in stages for part in stage.times
    )
    return sum(stage.seconds for stage in stages) - covered


def encoding_seconds(nodes: Sequence[ReportedNode]) -> float:
    """Return how long at least one node ran a task."""
    spans = (span for node in nodes for span in node.spans if span.phase is Phase.ENCODE)
    return covered_seconds((span.started, span.ended) for span in spans)


def covered_seconds(times: Iterable[tuple[datetime, datetime]]) -> float:
    """Return how long at least one of these times was."""
    return sum((part.ended - part.started).total_seconds() for part in _joined(times))


def _joined(times: Iterable[tuple[datetime, datetime]]) -> Iterator[Part]:
    """Yield the times in which at least one of these was, one after the other."""
    part: Part | None = None
    for started, ended in sorted(times):
        if part is not None and started <= part.ended:
            part = Part(part.started, max(part.ended, ended))
            continue
        if part is not None:
            yield part
        part = Part(started, max(started, ended))
    if part is not None:
        yield part
