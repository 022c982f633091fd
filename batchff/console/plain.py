"""Plain lines on stderr, for logs, pipes and --quiet."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from batchff.console.reporter import CommandResult
from batchff.console.words.text import Level, error_line, fail_lines
from batchff.errors import BatchffError

if TYPE_CHECKING:
    from batchff.console.screen.state import ScreenState
    from batchff.events import Event

# More often, counts would fill the log of a long job.
_SECONDS_BETWEEN_COUNTS = 10.0


class PlainConsole:
    """Shows events of at least one level as lines on a stream."""

    def __init__(
        self, least: Level, stream: TextIO, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._least = least
        self._stream = stream
        self._clock = clock
        self._lock = threading.Lock()
        self._counted_at = -_SECONDS_BETWEEN_COUNTS
        self._state: ScreenState | None = None

    @property
    def follows_progress(self) -> bool:
        """Whether the next line on the whole is due; nothing shows how far each task is before."""
        return self._least < Level.IMPORTANT and self._is_time(self._clock())

    @property
    def state(self) -> ScreenState:
        """What the events came to."""
        from batchff.console.screen.state import ScreenState

        return self._state or ScreenState(0.0)

    def report(self, event: Event) -> None:
        """Print the event's line, if it has one and matters enough; counts not too often."""
        # Events are slow to import, and many commands report none.
        from batchff.console.lines import briefly, describe, requested
        from batchff.events.jobs import TaskProgressed

        with self._lock:
            now = self._clock()
            self._note(event, now)
            line = requested(event, on_terminal=sys.stdout.isatty())
            if line is not None:
                print(line, flush=True)
                return
            if isinstance(event, TaskProgressed):
                self._print_counts(now)
                return
            described = (briefly if self._least is Level.NORMAL else describe)(event)
            if described is not None and described[0] >= self._least and self._is_due(event, now):
                self._print(described[1] + self._how_far(event, now))

    def finish(self, result: CommandResult) -> None:
        """Print the result's text on stdout, and what belongs to it on stderr."""
        if self._least < Level.IMPORTANT:
            for line in result.end:
                self._print(line)
        if result.text:
            print(result.text, flush=True)

    def fail(self, error: BatchffError) -> None:
        """Print the error."""
        is_quiet = self._least is Level.IMPORTANT
        brief = [error_line(error.message, error.hint)]
        for line in brief if is_quiet else fail_lines(error):
            self._print(line)

    def close(self) -> None:
        """Nothing to undo: only lines were printed."""

    def _is_due(self, event: Event, now: float) -> bool:
        from batchff.events.jobs import CountsChanged

        if not isinstance(event, CountsChanged):
            return True
        is_last = event.active + event.running == 0
        if not is_last and not self._is_time(now):
            return False
        self._counted_at = now
        return True

    def _is_time(self, now: float) -> bool:
        return now - self._counted_at >= _SECONDS_BETWEEN_COUNTS

    def _print_counts(self, now: float) -> None:
        """Print how far the job is, as its counts may stay the same for long."""
        from batchff.console.lines import describe

        counts = self.state.counts
        line = describe(counts) if counts and self._is_due(counts, now) else None
        if line is not None and line[0] >= self._least:
            self._print(line[1] + self._how_far(counts, now))

    def _note(self, event: Event, now: float) -> None:
        from batchff.console.screen.changes import advance
        from batchff.console.screen.pace import tick
        from batchff.console.screen.state import ScreenState

        self._state = tick(advance(self._state or ScreenState(now), event, now), now)

    def _how_far(self, event: Event | None, now: float) -> str:
        """Return how much of the work is done, and when all will be, to go after its counts."""
        from batchff.console.screen.pace import how_far
        from batchff.events.jobs import CountsChanged

        return how_far(self.state, now) if isinstance(event, CountsChanged) else ""

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


def plain_console(least: Level) -> PlainConsole:
    """Return a console that prints on this process's stderr."""
    return PlainConsole(least, sys.stderr)
