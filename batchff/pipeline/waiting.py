"""Waiting for a service: how long until the next look, and for how long at all."""

from __future__ import annotations

from collections.abc import Callable

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


class Patience:
    """So many seconds that may be waited in all, a step at a time; asking takes none of them."""

    def __init__(self, seconds: float, *, step: float, pause: Callable[[float], object]) -> None:
        self._left = seconds
        self._step = step
        self._pause = pause

    @property
    def is_over(self) -> bool:
        return self._left <= 0

    def wait(self) -> None:
        """Wait for one step."""
        self._pause(self._step)
        self._left -= self._step
