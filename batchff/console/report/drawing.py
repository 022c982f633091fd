"""Bars of a time line: what a node or a stage did, as places between 0 and 1000."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from batchff.model.report import JobHistory, Phase

WIDTH = 1000
_NARROWEST = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: from where, how wide, and of what kind."""

    x: float
    width: float
    kind: str


class Scale:
    """The time that all bars are drawn on."""

    def __init__(self, times: Iterable[datetime]) -> None:
        known = sorted(times)
        self.started = known[0] if known else None
        self.ended = known[-1] if known else None

    @property
    def seconds(self) -> float:
        """How long it is."""
        if self.started is None or self.ended is None:
            return 0.0
        return (self.ended - self.started).total_seconds()

    def bars(self, spans: Iterable[tuple[datetime, datetime, str]]) -> tuple[Bar, ...]:
        """Return bars, in their order; what is too narrow to be seen becomes a part of the last."""
        found: list[Bar] = []
        for started, ended, kind in spans:
            start, end = self._place(started), self._place(ended)
            last = found[-1] if found else None
            if last is not None and (last.kind == kind or end - start < _NARROWEST):
                width = max(end - last.x, last.width)
                found[-1] = Bar(last.x, round(width, 1), last.kind)
                continue
            width = max(end - start, _NARROWEST)
            start = min(start, WIDTH - width)
            found.append(Bar(round(start, 1), round(width, 1), kind))
        return tuple(found)

    def _place(self, time: datetime) -> float:
        if self.started is None or not self.seconds:
            return 0.0
        return WIDTH * (time - self.started).total_seconds() / self.seconds


def scale_of(history: JobHistory) -> Scale:
    """Return the time from the first thing that a job did to the last."""
    times = [each for stage in history.stages for each in (stage.started, stage.ended)]
    for node in history.nodes:
        times += [each for span in node.spans for each in (span.started, span.ended)]
    return Scale(times)


def phases(history: JobHistory) -> Sequence[Phase]:
    """Return what nodes did in a job, in the order of a legend."""
    seen = {span.phase for node in history.nodes for span in node.spans}
    return [phase for phase in Phase if phase in seen]
