"""A loop that does what is due, then sleeps until the next thing is."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable

from batchff.emulator.clock import Clock

_LOG = logging.getLogger(__name__)

_LONGEST_WAIT = 60.0


class Watch:
    """Looks again and again at what is due.

    `look` does it and returns after how many seconds more will be, or None if it can't know, so
    that it's called when `look_again` is.
    """

    def __init__(self, clock: Clock, look: Callable[[], float | None]) -> None:
        self._clock = clock
        self._look = look
        self._changed = asyncio.Event()

    def look_again(self) -> None:
        """What is due may have changed."""
        self._changed.set()

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            self._changed.clear()
            try:
                wait = self._look()
            except sqlite3.OperationalError:
                _LOG.exception("the store could not be used; trying again")
                wait = _LONGEST_WAIT
            if wait is None:
                await self._changed.wait()
            else:
                await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        """Wait for a time or for a change, whichever is first."""
        sleep = asyncio.ensure_future(self._clock.sleep(min(seconds, _LONGEST_WAIT)))
        change = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({sleep, change}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            change.cancel()
