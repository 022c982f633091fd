"""The nodes of a report: what each did when, as far as that's known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from batchff.model.report import Phase, ReportedNode, Span
from batchff.model.states import NodeState
from batchff.pipeline.job.retries import first_job_of
from batchff.pipeline.report.files import FAILED, task_state
from batchff.pipeline.report.gather import Gathered, RunOfJob
from batchff.pipeline.report.stages import covered_seconds

Price = Callable[[str, float, float], float | None]
"""Returns what dedicated and Spot node-hours of a VM size cost; None where that isn't known."""

_HOUR = 3600.0
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
    """When a node was there for this job; what isn't known, or was before it, is None.

    One that is `preempted` hasn't come back since. Of one that isn't there only tasks are known.
    """

    spot: bool
    allocated: datetime | None
    ready: datetime | None
    gone: datetime | None
    preempted: datetime | None = None
    is_there: bool = True

    def again(self, busy: Sequence[_Busy]) -> datetime | None:
        """Return when it came back, where it had run tasks and was away after that."""
        if self.allocated and busy and busy[0].started < self.allocated:
            return self.allocated
        return self.ready if self.ready and busy and busy[0].ended <= self.ready else None


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
        yield (
            node.node,
            _Life(node.spot, node.allocated, node.ready, record.nodes_at, node.preempted),
        )
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
                status.since if status.state == NodeState.PREEMPTED else None,
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
    life = life or _Life(name.endswith("_p"), None, None, None, is_there=False)
    until = _until(busy, life, gathered)
    spans = tuple(_spans(life, busy, until))
    seconds = {
        phase: sum((s.ended - s.started).total_seconds() for s in spans if s.phase is phase)
        for phase in Phase
    }
    known = seconds[Phase.BOOT] + seconds[Phase.ENCODE] + seconds[Phase.IDLE]
    hours = known / _HOUR
    spot = life.spot
    cost = price(size, 0.0 if spot else hours, hours if spot else 0.0) if size else None
    has_booted = any(span.phase is Phase.BOOT for span in spans)
    return ReportedNode(
        name,
        spot,
        life.allocated,
        life.ready,
        until,
        tasks=len(runs),
        failed=sum(each.failed for each in busy),
        boot_seconds=(
            round(seconds[Phase.BOOT], 3)
            if has_booted or (life.allocated and not life.again(busy))
            else None
        ),
        encode_seconds=round(seconds[Phase.ENCODE], 3),
        idle_seconds=round(seconds[Phase.IDLE], 3),
        cost=None if cost is None else round(cost, 6),
        spans=spans,
        unknown_seconds=round(seconds[Phase.UNKNOWN], 3),
        preempted=life.preempted,
    )


def _until(busy: Sequence[_Busy], life: _Life, gathered: Gathered) -> datetime:
    """Return up to when a node is shown: its end, now, or else its last task's end."""
    last = max((each.ended for each in busy), default=None)
    gone = life.gone or (life.preempted and (gathered.ended or gathered.now))
    if gone is not None:
        return max(filter(None, (gone, life.preempted, last)))
    if gathered.ended is None and (life.is_there):
        return gathered.now
    return last or gathered.ended or gathered.now


def _spans(life: _Life, busy: Sequence[_Busy], until: datetime) -> Iterator[Span]:
    """Yield what a node did, without a gap: of one that was away, what it did before isn't known.

    What its tasks' earlier attempts took isn't kept, so that it may have worked or not.
    """
    again = life.again(busy)
    end = life.preempted or until
    if again is not None:
        earlier = [each for each in busy if each.started < again]
        busy = busy[len(earlier) :]
        yield from _worked(earlier[0].started, earlier)
        yield from _time(Phase.UNKNOWN, earlier[-1].ended, again)
    at = again or (busy[0].started if busy else end)
    if life.allocated is not None and again in (None, life.allocated):
        # One that is away keeps the times of when it was there.
        ready = life.ready if life.ready and life.ready >= life.allocated else None
        first = busy[0].started if busy else end
        at = max(min(ready or first, first), life.allocated)
        yield from _time(Phase.BOOT, life.allocated, at)
    yield from _worked(at, busy)
    at = busy[-1].ended if busy else at
    yield from _time(Phase.UNKNOWN if life.preempted else Phase.IDLE, at, end)
    yield from _time(Phase.PREEMPTED, max(at, end), until)


def _worked(at: datetime, busy: Sequence[_Busy]) -> Iterator[Span]:
    for each in busy:
        yield from _time(Phase.IDLE, at, each.started)
        yield Span(Phase.ENCODE, each.started, each.ended, each.tasks, each.failed)
        at = each.ended


def _time(phase: Phase, started: datetime, ended: datetime) -> Iterator[Span]:
    if ended > started:
        yield Span(phase, started, ended)


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


def encoding_seconds(nodes: Sequence[ReportedNode]) -> float:
    """Return how long at least one node ran a task."""
    spans = (span for node in nodes for span in node.spans if span.phase is Phase.ENCODE)
    return covered_seconds((span.started, span.ended) for span in spans)
