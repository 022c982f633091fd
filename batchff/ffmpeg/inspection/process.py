"""One process that looks into files, seen from outside: asked, answered, ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from batchff.errors import BatchffError
from batchff.ffmpeg.inspection.wire import CRASHES, READY, TAKES_TOO_LONG
from batchff.model.inspection import Inspected, NotMedia, read_inspected

COMMAND = (sys.executable, "-P", "-m", "batchff.ffmpeg.inspection.worker")

Read = Callable[[int, int], bytes]
"""Returns at most so many bytes of a file from a place on; may raise what it likes."""

_SECONDS_TO_START = 60.0
_LONGEST_LINE = 4 * 1024 * 1024
# What a look reads at most, and as much again.
_MOST_BYTES = 600 * 1024 * 1024
# It needs these to start; no setting, and no credential, is among them.
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TEMP")
# glibc gives memory back after each file otherwise, and asks for it again: a fifth of a look.
_KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024 * 1024),
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TOP_PAD_": str(8 * 1024 * 1024),
}


class Lost(Exception):
    """The process is gone; `why` is what is to be said of the file that it was at."""

    def __init__(self, why: NotMedia) -> None:
        self.why = why


class Process:
    """A process that looks into files, one at a time; one thread asks it, another may end it.

    A file may take `patience` seconds.
    """

    def __init__(self, command: Sequence[str], patience: float) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._deadline: float | None = time.monotonic() + _SECONDS_TO_START
        self._was_late = False
        self._is_ready = False
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(os.environ),
        )

    def look_at(self, paths: Sequence[str]) -> Iterator[Inspected]:
        """Yield what is in each file; raise Lost for the first one that isn't answered."""
        self._ask(json.dumps({"paths": list(paths)}).encode() + b"\n")
        for _ in paths:
            yield self._inspected(self._answer())
        self._rest()

    def look_into(self, size: int, suffix: str, read: Read) -> Inspected:
        """Return what is in a file whose bytes `read` gives, and raise what that raises."""
        self._ask(json.dumps({"size": size, "suffix": suffix}).encode() + b"\n")
        left = _MOST_BYTES
        while True:
            line = self._answer()
            if not line.startswith(b'{"read"'):
                self._rest()
                return self._inspected(line)
            start, length = self._range(line, size)
            left -= length
            if left < 0:
                raise Lost(TAKES_TOO_LONG)
            # How long the network takes isn't the file's fault.
            self._rest()
            data = read(start, length)
            self._send(str(len(data)).encode() + b"\n" + data)

    @property
    def is_starting(self) -> bool:
        """Whether it hasn't said yet that it can be asked."""
        return not self._is_ready

    @property
    def can_be_asked(self) -> bool:
        """Whether it runs, and will go on: it wasn't ended just when it had answered."""
        return not self._was_late and self._child.poll() is None

    def end_if_late(self, now: float) -> None:
        """End it if it's at a file for too long."""
        with self._lock:
            if self._deadline is not None and now > self._deadline:
                self._was_late = True
                self._child.kill()

    def end(self) -> None:
        """End it at once, and wait for that."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # what it wasn't told any more

    def _ask(self, line: bytes) -> None:
        if not self._is_ready:
            if self._line().strip().decode("ascii", "replace") != READY:
                raise BatchffError(
                    "the program that looks into files doesn't start",
                    hint="install batchff again; it needs the package 'av'",
                )
            self._is_ready = True
        self._send(line)

    def _send(self, data: bytes) -> None:
        assert self._child.stdin is not None
        with self._lock:
            self._deadline = time.monotonic() + self._patience
        try:
            self._child.stdin.write(data)
            self._child.stdin.flush()
        except OSError as error:
            raise self._lost() from error

    def _answer(self) -> bytes:
        line = self._line()
        with self._lock:
            if self._was_late or not line.endswith(b"\n"):
                raise self._lost()
            self._deadline = time.monotonic() + self._patience
        return line

    def _line(self) -> bytes:
        assert self._child.stdout is not None
        return self._child.stdout.readline(_LONGEST_LINE)

    def _rest(self) -> None:
        """Let it take as long as it likes: it isn't asked anything."""
        with self._lock:
            self._deadline = None

    def _lost(self) -> Lost:
        return Lost(TAKES_TOO_LONG if self._was_late else CRASHES)

    def _inspected(self, line: bytes) -> Inspected:
        try:
            return read_inspected(line.decode())
        except ValueError as error:
            raise self._lost() from error

    def _range(self, line: bytes, size: int) -> tuple[int, int]:
        """Return what it asks for; it may be in a file's power, so nothing is taken for granted."""
        try:
            start, length = json.loads(line)["read"]
            if 0 <= start < size and 0 < length <= size - start:
                return int(start), int(length)
        except (ValueError, TypeError, KeyError):
            pass
        raise self._lost()


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: environment[name] for name in _ENVIRONMENT if name in environment}
    return kept | _KEEP_MEMORY | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
