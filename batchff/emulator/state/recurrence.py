"""When the jobs of a schedule are due, as a pure function of the schedule and of time.

Its occurrences are counted from its doNotRunUntil, or else from its creation, one in each
recurrenceInterval. An occurrence is an opportunity: it lasts for the startWindow and never into
the next interval.

Source: the type Schedule of the operations on job schedules.
"""

from __future__ import annotations

from dataclasses import dataclass

from batchff.emulator.state.model import Document
from batchff.emulator.state.times import parse_duration, parse_time

_END_OF_TIME = parse_time("9999-12-31T23:59:59Z")
"""The last moment that can be written."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Times are ticks."""

    first: int
    interval: int | None
    """None where there's one job only."""
    window: int | None
    """None where it never ends before the next occurrence."""
    last: int | None
    """The doNotRunAfter."""

    def following(self, moment: int) -> int | None:
        """Give the first occurrence after a moment; None where there is none."""
        found = self.first
        if found <= moment:
            if self.interval is None:
                return None
            found += ((moment - found) // self.interval + 1) * self.interval
        return None if found > self._end else found

    def latest(self, occurrence: int, now: int) -> int:
        """Give the last occurrence that isn't behind now, from one that isn't either."""
        if self.interval is None:
            return occurrence
        return occurrence + (now - occurrence) // self.interval * self.interval

    def is_lost(self, occurrence: int, now: int) -> bool:
        """Tell whether it's too late to make the job that an occurrence is about."""
        return now > self._end or (self.window is not None and now > occurrence + self.window)

    def is_over(self, next_run: int | None, now: int) -> bool:
        """Tell whether no job will be made any more."""
        if self.last is not None and now > self.last:
            return True
        return self.interval is None and next_run is None

    def changes(self, next_run: int | None, now: int) -> int | None:
        """Tell when there is something to do next, if no job ends and nothing is changed."""
        if next_run is not None and next_run <= now:
            ends = [next_run + span for span in (self.window, self.interval) if span is not None]
            next_run = min(ends, default=None)
        moments = [moment for moment in (next_run, self.last) if moment is not None]
        return min((moment + 1 for moment in moments if moment >= now), default=None)

    @property
    def _end(self) -> int:
        return _END_OF_TIME if self.last is None else min(self.last, _END_OF_TIME)


def recurrence_of(schedule: Document, created: int) -> Recurrence:
    """Read a Schedule; the schedule that it's of was created at a time."""
    until, after = schedule.get("doNotRunUntil"), schedule.get("doNotRunAfter")
    interval, window = _ticks(schedule, "recurrenceInterval"), _ticks(schedule, "startWindow")
    if interval is not None and window is not None and window >= interval:
        window = None
    return Recurrence(
        first=created if until is None else parse_time(until),
        interval=interval,
        window=window,
        last=None if after is None else parse_time(after),
    )


def _ticks(schedule: Document, name: str) -> int | None:
    return parse_duration(schedule[name]) if name in schedule else None
