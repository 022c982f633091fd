"""Coroutines that the scheduler runs in the background, and ends when it stops."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from batchff.emulator.clock import Clock

_LOG = logging.getLogger(__name__)

_AFTER_FAILURE = 5.0

Answer = TypeVar("Answer")


class Background:
    """Work that nobody waits for; what fails of it is logged."""

    def __init__(self) -> None:
        self._works: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside everything else; its errors are logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)
        task.add_done_callback(_log_failure)

    def cancel(self) -> None:
        """Ask all of it to end."""
        for work in self._works:
            work.cancel()

    async def ended(self) -> None:
        """Return once all of it has ended."""
        await asyncio.gather(*self._works, return_exceptions=True)


async def until_stored(change: Callable[[], Answer], clock: Clock) -> Answer:
    """Make a change and give what comes of it.

    Where the store can't be written, its disk full, it's tried until it can.
    """
    reason = ""
    while True:
        try:
            answer = change()
        except sqlite3.OperationalError as error:
            if str(error) != reason:
                reason = str(error)
                _LOG.error("the store can't be written (%s); trying again until it can", reason)
            await clock.sleep(_AFTER_FAILURE)
        else:
            if reason:
                _LOG.info("the store can be written again")
            return answer


def _log_failure(work: asyncio.Task[None]) -> None:
    if not work.cancelled() and work.exception() is not None:
        _LOG.error("the scheduler failed", exc_info=work.exception())
