"""The clock of the emulator, passed to everything that reads the time or waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class Clock:
    """The machine's clock. Tests pass one that they move by hand."""

    def now(self) -> datetime:
        """Tell the time, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait until this clock has moved on by so many seconds."""
        await asyncio.sleep(seconds)
