"""A few processes that look into files, for a command or a stage."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from batchff.ffmpeg.inspection.process import COMMAND, Lost, Process, Read
from batchff.model.inspection import Inspected

T = TypeVar("T")

_MOST = 4
_FILES_AT_ONCE = 8
# To start another process costs as much as to look into so many small files.
_FILES_WORTH_ANOTHER = 100
_SECONDS_WORTH_ANOTHER = 1.0
_SECONDS_BETWEEN_LOOKS = 0.5


class Inspectors:
    """Looks into files, in processes that are started when they are needed; for any thread.

    A file that makes its process crash, or that takes longer than `patience` seconds, costs itself
    alone. BatchffError says that no process starts. Use it in a `with`: its end ends them all.
    """

    def __init__(
        self,
        *,
        command: Sequence[str] = COMMAND,
        patience: float = 10.0,
        most: int | None = None,
    ) -> None:
        self._command = command
        self._patience = patience
        self._most = most or min(_MOST, os.cpu_count() or 1)
        self._changed = threading.Condition()
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._looked_into = 0
        self._is_closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_closed.set()
        with self._changed:
            processes, self._all = self._all, set()
        for process in processes:
            process.end()
        if self._watcher is not None:
            self._watcher.join()

    def inspect(self, path: Path) -> Inspected:
        """Return what is in a file of this machine."""
        return self.inspect_several([path])[0]

    def inspect_several(self, paths: Sequence[Path]) -> list[Inspected]:
        """Return what is in each of a few files; together they cost less than one by one."""
        names = [os.fspath(path) for path in paths]
        found: list[Inspected] = []
        while len(found) < len(names):
            process = self._take()
            try:
                # One by one: what was answered before a crash stays.
                found.extend(process.look_at(names[len(found) :]))
            except Lost as lost:
                found.append(lost.why)
                self._give_up(process)
            except BaseException:
                self._give_up(process)
                raise
            else:
                self._give_back(process, len(names))
        return found

    def inspect_blob(self, size: int, suffix: str, read: Read) -> Inspected:
        """Return what is in a file that is elsewhere, of which `read` gives parts.

        What `read` raises is raised.
        """
        process = self._take(waits_for_network=True)
        try:
            inspected = process.look_into(size, suffix, read)
        except Lost as lost:
            self._give_up(process)
            return lost.why
        except BaseException:
            self._give_up(process)
            raise
        self._give_back(process, 1)
        return inspected

    def inspect_all(self, paths: Iterable[Path]) -> Iterator[Inspected]:
        """Yield what is in each file, in order; several are looked into at a time."""
        remaining = iter(paths)
        batches = iter(lambda: tuple(islice(remaining, _FILES_AT_ONCE)), ())
        yield from _in_order(self.inspect_several, batches, self._most)

    def _take(self, *, waits_for_network: bool = False) -> Process:
        with self._changed:
            waited = False
            while not (process := self._any_idle()):
                worth = waited or waits_for_network or not self._all
                worth |= self._looked_into >= _FILES_WORTH_ANOTHER * len(self._all)
                if worth and len(self._all) < self._most:
                    return self._start()
                # To wait for one that starts is no reason to start another.
                is_any_starting = any(process.is_starting for process in self._all)
                came = self._changed.wait(_SECONDS_WORTH_ANOTHER)
                waited = not came and not is_any_starting
            return process

    def _any_idle(self) -> Process | None:
        while self._idle:
            process = self._idle.pop()
            if process.can_be_asked:
                return process
            self._all.discard(process)
            process.end()
        return None

    def _start(self) -> Process:
        process = Process(self._command, self._patience)
        self._all.add(process)
        if self._watcher is None:
            self._watcher = threading.Thread(
                target=self._watch, name="batchff-inspectors", daemon=True
            )
            self._watcher.start()
        return process

    def _give_back(self, process: Process, files: int) -> None:
        with self._changed:
            self._looked_into += files
            self._idle.append(process)
            self._changed.notify()

    def _give_up(self, process: Process) -> None:
        with self._changed:
            self._all.discard(process)
            self._changed.notify()
        process.end()

    def _watch(self) -> None:
        """End each process that takes too long."""
        while not self._is_closed.wait(_SECONDS_BETWEEN_LOOKS):
            with self._changed:
                processes = tuple(self._all)
            now = time.monotonic()
            for process in processes:
                process.end_if_late(now)


def _in_order(
    work: Callable[[T], Sequence[Inspected]], items: Iterator[T], at_a_time: int
) -> Iterator[Inspected]:
    """Yield the results of each item in order, with a few more under way."""
    executor = ThreadPoolExecutor(at_a_time, thread_name_prefix="batchff-inspect")
    under_way: deque[Future[Sequence[Inspected]]] = deque()
    try:
        for item in items:
            under_way.append(executor.submit(work, item))
            if len(under_way) > 2 * at_a_time:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)
