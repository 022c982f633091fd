"""A clock that runs faster than the real one, but waits for what is due to be done."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from batchff.emulator.clock import Clock

_STEP_SECONDS = 0.002
_TURNS = 10


class FastClock(Clock):
    """Runs so many times as fast as the real clock, or slower where the machine can't keep up.

    It doesn't pass a time at which a sleep ends, and stops while those
    that were woken do what they were woken for. So a busy machine makes the simulation slower,
    and never makes a task seem to have taken longer. Those to be woken within the next two real
    milliseconds are woken at once.
    """

    def __init__(self, speed: float, start: datetime | None = None) -> None:
        self._speed = speed
        self._start = start or datetime.now(UTC)
        self._mark = 0.0
        self._marked = time.monotonic()
        self._standing: float | None = None
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None
        self._is_busy: Callable[[], bool] = lambda: False

    def now(self) -> datetime:
        """Tell the simulation's time."""
        return self._start + timedelta(seconds=self._elapsed())

    def put_forward(self, moment: datetime) -> None:
        """Move on to a time, unless it is past already; before anybody sleeps."""
        self._mark = max(self._elapsed(), (moment - self._start).total_seconds())
        self._marked = time.monotonic()

    def stand_while(self, is_busy: Callable[[], bool]) -> None:
        """Go on after a wake only when this isn't so any more: some work takes many turns."""
        self._is_busy = is_busy

    async def sleep(self, seconds: float) -> None:
        """Wait until the simulation's time has moved on by so many seconds."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        due = self._elapsed() + seconds
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (due, next(self._numbers), wake))
        if self._sleepers[0][2] is wake:
            self._set_timer()
        await wake

    def _elapsed(self) -> float:
        """Tell the seconds since the start."""
        if self._standing is not None:
            return self._standing
        passed = self._mark + (time.monotonic() - self._marked) * self._speed
        return min(passed, self._sleepers[0][0]) if self._sleepers else passed

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._sleepers and self._standing is None:
            moment = self._marked + (self._sleepers[0][0] - self._mark) / self._speed
            self._timer = asyncio.get_running_loop().call_at(moment, self._ring)

    def _ring(self) -> None:
        """End the sleeps that are due, and stop until those that slept have run."""
        first = self._sleepers[0][0]
        passed = self._mark + (time.monotonic() - self._marked) * self._speed
        now = max(first, min(passed, first + _STEP_SECONDS * self._speed))
        self._standing = now
        while self._sleepers and self._sleepers[0][0] <= now:
            _, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                wake.set_result(None)
        self._wait_for_turns(_TURNS)

    def _wait_for_turns(self, left: int) -> None:
        if self._is_busy():
            left = _TURNS
        if left:
            asyncio.get_running_loop().call_soon(self._wait_for_turns, left - 1)
            return
        assert self._standing is not None
        self._mark, self._marked = self._standing, time.monotonic()
        self._standing = None
        self._set_timer()
