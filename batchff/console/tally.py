"""Keeps count of what a command's events say, for its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from batchff.console.reporter import Reporter
from batchff.console.screen.changes import advance
from batchff.console.screen.pace import tick
from batchff.console.screen.state import ScreenState

if TYPE_CHECKING:
    from batchff.events import Event


@runtime_checkable
class Counting(Protocol):
    """A reporter that counts by itself what events say."""

    @property
    def state(self) -> ScreenState:
        """What they came to."""


class Tally:
    """Hands events on to a reporter, and counts, unless that one does."""

    def __init__(self, reporter: Reporter, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._reporter = reporter
        self._clock = clock
        self._lock = threading.Lock()
        self._counting = reporter if isinstance(reporter, Counting) else None
        self._state = ScreenState(clock())

    @property
    def follows_progress(self) -> bool:
        """Whether the reporter shows how far each running task is."""
        return self._reporter.follows_progress

    @property
    def state(self) -> ScreenState:
        """What the events came to."""
        return self._state if self._counting is None else self._counting.state

    @property
    def now(self) -> float:
        """The time by the clock of its state."""
        return self._clock()

    def report(self, event: Event) -> None:
        """Count an event, and hand it on."""
        if self._counting is None:
            now = self._clock()
            with self._lock:
                self._state = tick(advance(self._state, event, now), now)
        self._reporter.report(event)
