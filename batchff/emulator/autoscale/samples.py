"""The samples of a pool's metrics, which formulas are evaluated with."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from batchff.emulator.autoscale.errors import EvaluationError, InsufficientSampleData, Position
from batchff.emulator.autoscale.values import (
    Interval,
    Timestamp,
    Value,
    Vec,
    double,
    timestamp,
    type_of,
    whole,
)
from batchff.emulator.state.times import DAY, SECOND

PERIOD = 30 * SECOND
"""The service takes a sample every 30 seconds."""
_KEPT = DAY // PERIOD

COUNTED = (
    "$ActiveTasks",
    "$RunningTasks",
    "$PendingTasks",
    "$SucceededTasks",
    "$FailedTasks",
    "$TaskSlotsPerNode",
    "$CurrentDedicatedNodes",
    "$CurrentLowPriorityNodes",
    "$PreemptedNodeCount",
    "$UsableNodeCount",
    "$SampleNodeCount",
)
MEASURED = (
    "$CPUPercent",
    "$WallClockSeconds",
    "$MemoryBytes",
    "$DiskBytes",
    "$DiskReadBytes",
    "$DiskWriteBytes",
    "$DiskReadOps",
    "$DiskWriteOps",
    "$NetworkInBytes",
    "$NetworkOutBytes",
)
"""Metrics of the nodes' machines: a source that can't tell them leaves them out of its counts."""

METRICS = {name: name for name in COUNTED + MEASURED} | {
    "$CurrentDedicated": "$CurrentDedicatedNodes",
    "$CurrentLowPriority": "$CurrentLowPriorityNodes",
}
"""Every name of a metric, with the one that its counts are stored under."""

Counts = Mapping[str, float]
"""The value of each metric at one moment."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was counted at one moment."""

    at: int
    """In ticks since 1970."""
    counts: Counts


class History:
    """The samples of a pool over the last day, oldest first.

    The real service may hold a sample back for a minute; here it can be read at once.
    """

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=_KEPT)

    def add(self, at: int, counts: Counts) -> None:
        """Append the counts of a moment, later than all before it."""
        self._samples.append(Sample(at, counts))

    def of(self, metric: str) -> list[tuple[int, float]]:
        """Give the times and values of a metric."""
        return [
            (sample.at, float(sample.counts[metric]))
            for sample in self._samples
            if metric in sample.counts
        ]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric, as a formula asks it."""

    name: str
    history: History
    now: int

    def ask(self, method: str, arguments: list[Value], at: Position) -> Value:
        """Call one of the methods for samples. Raises EvaluationError, InsufficientSampleData."""
        match method, arguments:
            case "GetSample", [float() as count]:
                return self._latest(whole(count, at))
            case "GetSample", [*frame] if frame:
                return self._get_sample(frame, at)
            case "GetSamplePercent", [_] | [_, _]:
                start, end = self._frame(arguments, at)
                return self._percent(start, end)
            case "GetSamplePeriod", []:
                return Interval(PERIOD)
            case "Count", []:
                return float(len(self.history.of(self.name)))
            case "HistoryBeginTime", []:
                return self._begin(at)
        raise EvaluationError(f"{self.name} has no {method[:40]} with such arguments", at)

    def _latest(self, count: int) -> Vec:
        values = [value for _, value in self.history.of(self.name)]
        return tuple(values[-count:]) if count > 0 else ()

    def _get_sample(self, arguments: list[Value], at: Position) -> Vec:
        wanted = 0.0
        if isinstance(arguments[-1], float):
            wanted = double(arguments[-1], at)
            arguments = arguments[:-1]
        start, end = self._frame(arguments, at)
        received = self._percent(start, end)
        if received < wanted:
            raise InsufficientSampleData(
                f"Insufficient data from data set: {self.name}"
                f" wanted {wanted:g}%, received {received:.0f}%",
                at,
            )
        return self._between(start, end)

    def _percent(self, start: int, end: int) -> float:
        """Compare the samples in a frame with those that fit into it."""
        possible = max((end - start) // PERIOD, 1)
        return min(100.0 * len(self._between(start, end)) / possible, 100.0)

    def _between(self, start: int, end: int) -> Vec:
        return tuple(value for at, value in self.history.of(self.name) if start < at <= end)

    def _frame(self, arguments: list[Value], at: Position) -> tuple[int, int]:
        """Read a frame: from a time until now, or between two, given in either order."""
        if len(arguments) > 2:
            raise EvaluationError("A time frame has a start and an end", at)
        times = [self._time(argument, at) for argument in arguments]
        return min(times), max(times) if len(times) == 2 else self.now

    def _time(self, value: Value, at: Position) -> int:
        match value:
            case Timestamp(ticks):
                return ticks
            case Interval(ticks):
                return timestamp(self.now - ticks, at).ticks
        raise EvaluationError(
            f"A timestamp or a timeinterval is expected, not a {type_of(value)}", at
        )

    def _begin(self, at: Position) -> Timestamp:
        samples = self.history.of(self.name)
        if not samples:
            raise InsufficientSampleData(f"No data in data set: {self.name}", at)
        return Timestamp(samples[0][0])
