"""Bars of a time line: what a node or a stage did, as places between 0 and 1000."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from batchff.model.report import JobHistory, Phase

WIDTH = 1000
_NARROWEST = 2.0
_LONGEST_PAUSE = 0.1
"""A pause in which nothing happens is drawn as at most this part of the rest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: from where, how wide, and of what kind."""

    x: float
    width: float
    kind: str


class Scale:
    """The time that all bars are drawn on.

    A long pause in which nothing happens at all, as before a retry, is drawn short: the scale
    `is_cut` then.
    """

    def __init__(self, times: Iterable[tuple[datetime, datetime]]) -> None:
        self._busy = _joined(times)
        self.started = self._busy[0][0] if self._busy else None
        self.ended = self._busy[-1][1] if self._busy else None
        covered = sum((ended - started).total_seconds() for started, ended in self._busy)
        self._most = max(covered * _LONGEST_PAUSE, 1.0)
        self.seconds = covered + sum(map(self._drawn, self._pauses()))

    @property
    def is_cut(self) -> bool:
        """Whether a pause is drawn shorter than it was."""
        return any(pause > self._most for pause in self._pauses())

    def bars(self, spans: Iterable[tuple[datetime, datetime, str]]) -> tuple[Bar, ...]:
        """Return bars, in their order; what is too narrow to be seen becomes a part of the last."""
        found: list[Bar] = []
        for started, ended, kind in spans:
            start, end = self._place(started), self._place(ended)
            last = found[-1] if found else None
            touches = last is not None and start - last.x - last.width < _NARROWEST
            if last is not None and touches and (last.kind == kind or end - start < _NARROWEST):
                width = max(end - last.x, last.width)
                found[-1] = Bar(last.x, round(width, 1), last.kind)
                continue
            width = max(end - start, _NARROWEST)
            start = min(start, WIDTH - width)
            found.append(Bar(round(start, 1), round(width, 1), kind))
        return tuple(found)

    def _pauses(self) -> list[float]:
        return [(later[0] - each[1]).total_seconds() for each, later in pairwise(self._busy)]

    def _drawn(self, pause: float) -> float:
        return min(pause, self._most)

    def _place(self, time: datetime) -> float:
        """Return where a time is, from 0 to 1000."""
        at = 0.0
        before: datetime | None = None
        for started, ended in self._busy:
            if before is not None:
                at += self._drawn((started - before).total_seconds())
            if time <= ended:
                at += max((time - started).total_seconds(), 0.0)
                break
            at += (ended - started).total_seconds()
            before = ended
        return WIDTH * at / self.seconds if self.seconds else 0.0


def _joined(times: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the times in which something happened, one after the other."""
    found: list[tuple[datetime, datetime]] = []
    for started, ended in sorted(times):
        if found and started <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((started, ended))
    return found


def scale_of(history: JobHistory) -> Scale:
    """Return the time from the first thing that a job did to the last."""
    times = [(each.started, each.ended) for stage in history.stages for each in stage.times]
    times += [(span.started, span.ended) for node in history.nodes for span in node.spans]
    return Scale(times)


def phases(history: JobHistory) -> Sequence[Phase]:
    """Return what nodes did in a job, in the order of a legend."""
    seen = {span.phase for node in history.nodes for span in node.spans}
    return [phase for phase in Phase if phase in seen]
