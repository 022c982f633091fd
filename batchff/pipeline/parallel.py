"""Work on many files at a time, in threads, with bounded memory and a way to stop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from batchff.cloud.http.retrying import stoppable
from batchff.errors import BatchffError, SignInError, UnreachableError

T = TypeVar("T")
R = TypeVar("R")

# Small files mostly wait for answers. Of large ones, `cloud/blob/bandwidth.py` lets few begin.
FILES_AT_A_TIME = 16


class Stopped(Exception):
    """The work was stopped from outside; nobody needs its result."""


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """An item whose work is done."""

    item: T
    result: R


@dataclass(frozen=True, slots=True)
class Failed(Generic[T]):
    """An item whose work ended with an expected error."""

    item: T
    error: BatchffError


class StopFlag:
    """Stops work in other threads, which looks at it now and then."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._parts: set[StopFlag] = set()

    def set(self) -> None:
        """Have the work stop, and all that is a part of it."""
        self._event.set()
        for part in tuple(self._parts):
            part.set()

    @contextmanager
    def part(self) -> Iterator[StopFlag]:
        """Yield the flag of a part of the work: it's set with this one, never this one with it."""
        part = StopFlag()
        self._parts.add(part)
        try:
            if self.is_set():
                part.set()
            yield part
        finally:
            self._parts.discard(part)

    def is_set(self) -> bool:
        """Return whether the work is to stop."""
        return self._event.is_set()

    def pause(self, seconds: float) -> None:
        """Wait so long; raise Stopped once the flag is set."""
        self._event.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raise Stopped once the flag is set."""
        if self._event.is_set():
            raise Stopped


def in_parallel(
    work: Callable[[T, StopFlag], R],
    items: Iterable[T],
    *,
    at_a_time: int = FILES_AT_A_TIME,
    stop: StopFlag | None = None,
) -> Iterator[Done[T, R] | Failed[T]]:
    """Yield each item's result as it comes; one item's expected error doesn't stop the others.

    A refused sign-in or a service that can't be reached isn't one item's: it's raised. Items are
    taken only as fast as they are worked on. When the caller stops iterating, or is interrupted,
    running work is stopped and waited for. Another thread can set the caller's `stop`: then Stopped
    is raised. It's never set here, as the caller may go on with other work.
    """
    with (stop or StopFlag()).part() as part:
        workers = _Workers(work, at_a_time, part)
        unfinished = 0
        try:
            for item in items:
                workers.begin(item)
                unfinished += 1
                if unfinished >= 2 * at_a_time:
                    yield workers.outcome()
                    unfinished -= 1
            for _ in range(unfinished):
                yield workers.outcome()
        finally:
            workers.stop()


class _Workers(Generic[T, R]):
    """Threads that do the work; one takes item after item, and ends when none is left.

    A future for each item costs a tenth of the work for a small file. A worker never waits for an
    item, so that nothing but the executor has to end it.
    """

    def __init__(self, work: Callable[[T, StopFlag], R], at_a_time: int, stop: StopFlag) -> None:
        self._work = work
        self._at_a_time = at_a_time
        self._stop = stop
        self._executor = ThreadPoolExecutor(at_a_time, thread_name_prefix="batchff")
        self._lock = threading.Lock()
        self._waiting: deque[T] = deque()
        self._running = 0
        self._ended: SimpleQueue[Done[T, R] | Failed[T] | BaseException] = SimpleQueue()

    def begin(self, item: T) -> None:
        with self._lock:
            self._waiting.append(item)
            is_enough = self._running == self._at_a_time
            self._running += not is_enough
        if not is_enough:
            self._executor.submit(self._serve)

    def outcome(self) -> Done[T, R] | Failed[T]:
        """Wait until an item's work has ended; raise what isn't one item's error."""
        result = self._ended.get()
        if isinstance(result, BaseException):
            raise result
        return result

    def stop(self) -> None:
        """Have what runs stop, and wait for it."""
        self._stop.set()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                item = self._waiting.popleft()
            self._ended.put(self._result(item))

    def _result(self, item: T) -> Done[T, R] | Failed[T] | BaseException:
        try:
            self._stop.check()
            with stoppable(self._stop.check):
                return Done(item, self._work(item, self._stop))
        except (SignInError, UnreachableError) as error:
            return error  # the others would fail as well, each after its own retries
        except BatchffError as error:
            return Failed(item, error)
        except BaseException as error:
            return error
