"""How long it takes until nodes come or go, or a pool is gone, where it takes any time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from batchff.emulator.clock import Clock
from batchff.emulator.state.times import SECOND


class Pace:
    """Holds pools' changes back for so many seconds from their beginning."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._ticks = round(seconds * SECOND)
        self._waits: dict[str, asyncio.Task[None]] = {}

    def must_wait(self, key: str, since: int, now: int, go_on: Callable[[str], None]) -> bool:
        """Tell whether what began at a time is held back; `go_on` is called with the key after it.

        The key is a pool's.
        """
        left = since + self._ticks - now
        if not self._ticks or left <= 0:
            return False
        if key not in self._waits:
            loop = asyncio.get_running_loop()
            self._waits[key] = loop.create_task(self._wait(key, left / SECOND, go_on))
        return True

    def stop(self) -> None:
        """Wait no more."""
        for wait in self._waits.values():
            wait.cancel()

    async def _wait(self, key: str, seconds: float, go_on: Callable[[str], None]) -> None:
        await self._clock.sleep(seconds)
        del self._waits[key]
        go_on(key)
