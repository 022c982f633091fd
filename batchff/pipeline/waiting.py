"""Waiting for a job or a pool: how long until the next look at it."""

from __future__ import annotations

_SLOWER = 1.4


class Interval:
    """The seconds until the next look: few after a change, and more while nothing changes."""

    def __init__(self, shortest: float, longest: float) -> None:
        self._shortest = shortest
        self._longest = longest
        self._latest = shortest

    def after(self, *, changed: bool) -> float:
        """Return the seconds to wait after a look that saw a change, or none."""
        slower = min(self._latest * _SLOWER, self._longest)
        self._latest = self._shortest if changed else slower
        return self._latest
