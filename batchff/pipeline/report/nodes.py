"""The time line of a report: what each node did when, and how the stages overlapped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from batchff.model.jobs import JobStatus
from batchff.model.report import Phase, ReportedNode, ReportedStage, Span, Stage
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.report.files import FAILED, task_state
from batchff.pipeline.report.gather import Gathered, RunOfJob

Price = Callable[[str, float, float], float | None]
"""Returns what dedicated and Spot node-hours of a VM size cost; None where that isn't known."""

_HOUR = 3600.0
_BOOTED_BEFORE = timedelta(minutes=5)
"""A pool is made before its job, and its first nodes can be there before that, too."""
_SHORTEST_IDLE = timedelta(seconds=1)
"""Between two tasks the service always takes a moment."""


@dataclass(frozen=True, slots=True)
class _Busy:
    """A time without a pause in which a node ran tasks."""

    started: datetime
    ended: datetime
    tasks: int
    failed: int


@dataclass(frozen=True, slots=True)
class _Life:
    """When a node was there for this job; what isn't known, or was before it, is None."""

    spot: bool
    allocated: datetime | None
    ready: datetime | None
    gone: datetime | None


def reported_nodes(gathered: Gathered, price: Price) -> tuple[ReportedNode, ...]:
    """Return the nodes that ran tasks or were booted for the job, in the order of their start."""
    if not gathered.family:
        return ()
    runs: dict[str, list[RunOfJob]] = defaultdict(list)
    for each in gathered.every:
        if each.run.node and each.run.started is not None:
            runs[each.run.node].append(each)
    lives = dict(_lives(gathered))
    size = _vm_size(gathered)
    nodes = [
        _node(name, runs.get(name, []), lives.get(name), gathered, price, size)
        for name in dict.fromkeys((*runs, *lives))
        if name in runs or lives[name].allocated is not None
    ]
    return tuple(sorted(nodes, key=lambda node: (_begin(node), node.node)))


def _begin(node: ReportedNode) -> datetime:
    return node.spans[0].started if node.spans else node.until


def _lives(gathered: Gathered) -> Iterator[tuple[str, _Life]]:
    """Yield what is known of nodes: of those that are there, then of those that were."""
    record = gathered.record
    made = gathered.first.created
    for node in record.nodes:
        yield node.node, _Life(node.spot, node.allocated, node.ready, record.nodes_at)
    for status in gathered.nodes.values():
        # A node that was ready before waited for other jobs, too.
        is_for_this = status.ready is None or status.ready >= made or _is_own(gathered)
        allocated, ready = status.allocated, status.ready
        yield (
            status.id,
            _Life(
                status.spot,
                allocated if is_for_this else None,
                ready if is_for_this else None,
                None,
            ),
        )


def _is_own(gathered: Gathered) -> bool:
    """Return whether the pool was made for this job."""
    pool = gathered.pools.get(gathered.first.pool_id)
    facts = pool.batchff if pool else None
    return facts is not None and facts.job == first_job_of(gathered.first)


def _node(
    name: str,
    runs: Sequence[RunOfJob],
    life: _Life | None,
    gathered: Gathered,
    price: Price,
    size: str,
) -> ReportedNode:
    busy = _busy(runs, gathered)
    spot = life.spot if life else name.endswith("_p")
    allocated, ready = (life.allocated, life.ready) if life else (None, None)
    until = _until(busy, life, gathered)
    began = min([*([allocated] if allocated else []), *(each.started for each in busy), until])
    spans = tuple(_spans(began, allocated, ready, busy, until))
    seconds = {
        phase: sum((s.ended - s.started).total_seconds() for s in spans if s.phase is phase)
        for phase in Phase
    }
    hours = sum(seconds.values()) / _HOUR
    cost = price(size, 0.0 if spot else hours, hours if spot else 0.0) if size else None
    return ReportedNode(
        name,
        spot,
        allocated,
        ready,
        until,
        tasks=len(runs),
        failed=sum(each.failed for each in busy),
        boot_seconds=round(seconds[Phase.BOOT], 3) if allocated else None,
        encode_seconds=round(seconds[Phase.ENCODE], 3),
        idle_seconds=round(seconds[Phase.IDLE], 3),
        cost=None if cost is None else round(cost, 6),
        spans=spans,
    )


def _until(busy: Sequence[_Busy], life: _Life | None, gathered: Gathered) -> datetime:
    """Return up to when a node counts: its end, now, or else its last task's end."""
    last = max((each.ended for each in busy), default=None)
    if life is not None and life.gone is not None:
        return max(life.gone, last) if last else life.gone
    is_over = gathered.ended is not None
    if life is not None and not is_over:
        return gathered.now
    return last or gathered.ended or gathered.now


def _spans(
    began: datetime,
    allocated: datetime | None,
    ready: datetime | None,
    busy: Sequence[_Busy],
    until: datetime,
) -> Iterator[Span]:
    """Yield what a node did from its beginning on, without a gap."""
    at = began
    if allocated is not None:
        first = busy[0].started if busy else until
        booted = min(ready or first, first)
        if booted > allocated:
            yield Span(Phase.BOOT, allocated, booted)
            at = booted
    for each in busy:
        if each.started > at:
            yield Span(Phase.IDLE, at, each.started)
        yield Span(Phase.ENCODE, each.started, each.ended, each.tasks, each.failed)
        at = each.ended
    if until > at:
        yield Span(Phase.IDLE, at, until)


def _busy(runs: Sequence[RunOfJob], gathered: Gathered) -> tuple[_Busy, ...]:
    """Return when a node ran at least one task, one time without a pause after the other."""
    found: list[_Busy] = []
    for each in sorted(runs, key=lambda each: each.run.started or gathered.now):
        started = each.run.started or gathered.now
        ended = max(each.run.ended or gathered.now, started)
        failed = int(task_state(each) == FAILED)
        last = found[-1] if found else None
        if last is not None and started <= last.ended + _SHORTEST_IDLE:
            ended = max(last.ended, ended)
            found[-1] = _Busy(last.started, ended, last.tasks + 1, last.failed + failed)
        else:
            found.append(_Busy(started, ended, 1, failed))
    return tuple(found)


def _vm_size(gathered: Gathered) -> str:
    facts = gathered.first.batchff
    pool = gathered.pools.get(gathered.first.pool_id)
    return (facts.vm_size if facts else "") or (pool.vm_size if pool else "")


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
    started, ended = min(each.started for each in boots), max(each.ended for each in boots)
    return ReportedStage(Stage.BOOT, started, ended, len(boots), None, job.id)


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
    covered = covered_seconds((stage.started, stage.ended) for stage in stages)
    return sum(stage.seconds for stage in stages) - covered


def encoding_seconds(nodes: Sequence[ReportedNode]) -> float:
    """Return how long at least one node ran a task."""
    spans = (span for node in nodes for span in node.spans if span.phase is Phase.ENCODE)
    return covered_seconds((span.started, span.ended) for span in spans)


def covered_seconds(times: Iterable[tuple[datetime, datetime]]) -> float:
    """Return how long at least one of these times was."""
    covered = 0.0
    at: datetime | None = None
    for started, ended in sorted(times):
        begin = started if at is None else max(at, started)
        if ended > begin:
            covered += (ended - begin).total_seconds()
            at = ended
    return covered
