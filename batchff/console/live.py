"""A live screen on a terminal, while something goes on; lines before and after."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from batchff.console.lines import briefly, requested
from batchff.console.reporter import CommandResult
from batchff.console.screen.changes import advance
from batchff.console.screen.draw import draw
from batchff.console.screen.glyphs import glyphs_for
from batchff.console.screen.pace import job_fraction, tick
from batchff.console.screen.state import ScreenState
from batchff.console.screen.terminal import Canvas
from batchff.console.words.text import Level, fail_lines
from batchff.errors import BatchffError
from batchff.events import Event, Warned
from batchff.events.download import DownloadStarted
from batchff.events.ffmpeg import FfmpegFetching, FfmpegSending
from batchff.events.inspect import InspectEnded, InspectStarted
from batchff.events.jobs import CountsChanged, FileNotEncoded, TaskFailed, WorkPlanned
from batchff.events.upload import UploadStarted

_SECONDS_BETWEEN_FRAMES = 0.2
# What is over by then needs no screen.
_SECONDS_BEFORE_THE_FIRST = 0.4
# After so long without a frame the machine, or the process, was asleep.
_SECONDS_OF_SLEEP = 3.0
_FAILURES_SAID = 5

_BEGIN = (
    *(InspectStarted, WorkPlanned, UploadStarted, DownloadStarted, CountsChanged),
    *(FfmpegFetching, FfmpegSending),
)

Size = Callable[[], tuple[int, int]]


class LiveConsole:
    """Shows events on a screen of their own while something goes on, else as lines on stderr.

    Without `draws_itself`, nothing is drawn but by `draw`.
    """

    follows_progress = True

    def __init__(
        self,
        least: Level,
        stream: TextIO | None = None,
        *,
        size: Size | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        draws_itself: bool = True,
    ) -> None:
        self._least = least
        self._draws_itself = draws_itself
        self._stream = stream or sys.stderr
        self._size = size or (lambda: _terminal_size(self._stream))
        self._clock = clock
        self._canvas = Canvas(self._stream)
        self._glyphs = glyphs_for(getattr(self._stream, "encoding", None))
        # A signal may come while its own thread draws.
        self._lock = threading.RLock()
        self.state = ScreenState(clock(), wall=wall() - clock())
        self._unsaid: list[Event] = []
        self._is_wanted = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._drawn = 0.0

    def report(self, event: Event) -> None:
        """Take an event to the screen, or print its line where there's none."""
        with self._lock:
            self.state = advance(self.state, event, self._clock())
            line = requested(event, on_terminal=sys.stdout.isatty())
            if line is not None:
                self._leave()
                print(line, flush=True)
                return
            if isinstance(event, InspectEnded):
                self._leave()
            elif isinstance(event, _BEGIN):
                self._want()
            is_failure = isinstance(event, TaskFailed | FileNotEncoded)
            if self._canvas.is_open or (is_failure and self._is_wanted):
                # The screen and the end show failures; a warning is said after the screen, too.
                if is_failure or isinstance(event, Warned):
                    self._unsaid.append(event)
                return
            self._say(event)

    def draw(self) -> None:
        """Draw a frame, if there's something to show."""
        with self._lock:
            if not self._is_wanted:
                return
            now = self._clock()
            if self._drawn and now - self._drawn > _SECONDS_OF_SLEEP:
                self._canvas.redraw()
            self._drawn = now
            self.state = state = tick(self.state, now)
            width, height = self._size()
            self._canvas.open()
            lines = draw(state, width, height, now, self._glyphs)
            percent = int(job_fraction(state, now) * 100)
            self._canvas.show(lines, width, height, percent or None)

    def finish(self, result: CommandResult) -> None:
        """Remove the screen; print the result's text on stdout, and what belongs to it."""
        self.close()
        self._say_unsaid(Warned)
        for line in result.end:
            self._print(line)
        if result.text:
            print(result.text, flush=True)

    def fail(self, error: BatchffError) -> None:
        """Remove the screen; print the error."""
        self.close()
        self._say_unsaid(Warned)
        if not error.summary:
            self._say_unsaid(TaskFailed, FileNotEncoded)
        for line in fail_lines(error):
            self._print(line)

    def close(self) -> None:
        """Remove the screen, with all that was set on the terminal."""
        with self._lock:
            self._leave()
            self._ended.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        _forget(self)

    def stop_for_a_while(self) -> None:
        """Give the terminal back, stop this process, and go on where it's continued."""
        with self._lock:
            self._canvas.close()
            previous = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, previous)
            # The next frame opens it again.

    def _want(self) -> None:
        self._is_wanted = True
        if self._draws_itself and self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(target=self._run, name="batchff-screen", daemon=True)
            self._thread.start()

    def _leave(self) -> None:
        self._is_wanted = False
        self._canvas.close()

    def _run(self) -> None:
        self._ended.wait(_SECONDS_BEFORE_THE_FIRST)
        try:
            while not self._ended.wait(_SECONDS_BETWEEN_FRAMES):
                self.draw()
        finally:
            with self._lock:
                self._leave()

    def _say_unsaid(self, *kinds: type[Event]) -> None:
        said = [event for event in self._unsaid if isinstance(event, kinds)]
        self._unsaid = [event for event in self._unsaid if not isinstance(event, kinds)]
        for event in said if kinds == (Warned,) else said[-_FAILURES_SAID:]:
            self._say(event)

    def _say(self, event: Event) -> None:
        described = briefly(event)
        if described is not None and described[0] >= self._least:
            self._print(described[1])

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


def live_console(least: Level) -> LiveConsole:
    """Return a console for this process's stderr, which gives the terminal back at a Ctrl-Z."""
    console = LiveConsole(least)
    atexit.register(console.close)
    if _can_take_signals() and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
        signal.signal(signal.SIGTSTP, lambda number, frame: console.stop_for_a_while())
    return console


def _can_take_signals() -> bool:
    # Windows has no Ctrl-Z of this kind.
    return hasattr(signal, "SIGTSTP") and threading.current_thread() is threading.main_thread()


def _forget(console: LiveConsole) -> None:
    """Undo what `live_console` did."""
    atexit.unregister(console.close)
    if _can_take_signals():
        handler = signal.getsignal(signal.SIGTSTP)
        if getattr(handler, "__module__", "") == __name__:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)


def _terminal_size(stream: TextIO) -> tuple[int, int]:
    """Return a terminal's columns and rows."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns or 80, size.lines or 24
