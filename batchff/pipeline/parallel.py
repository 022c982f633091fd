"""Work on many files at a time, in threads, with bounded memory and a way to stop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from batchff.cloud.http.retrying import stoppable
from batchff.errors import BatchffError, SignInError, UnreachableError

T = TypeVar("T")
R = TypeVar("R")

# Small files are mostly waiting. Of large ones the storage lets few begin.
FILES_AT_A_TIME = 16


class Stopped(Exception):
    """The work was stopped from outside; its result is wanted no more."""


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
    """Tells work in other threads to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the flag is set; say whether it is."""
        return self._event.wait(seconds)

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

    A refused sign-in or a service that can't be reached isn't one item's: it's raised.
    Items are taken only as fast as they are worked on. When the caller stops iterating, or is
    interrupted, what runs is told to stop and is waited for. With a `stop` of the caller's,
    another thread can do that: Stopped is raised.
    """
    stop = stop or StopFlag()
    waiting: deque[T] = deque()
    ended: SimpleQueue[Done[T, R] | Failed[T] | BaseException] = SimpleQueue()
    executor = ThreadPoolExecutor(at_a_time, thread_name_prefix="batchff")
    workers = unfinished = 0
    lock = threading.Lock()

    def begin(item: T) -> None:
        nonlocal workers
        with lock:
            waiting.append(item)
            is_enough = workers == at_a_time
            workers += not is_enough
        if not is_enough:
            executor.submit(serve)

    # A worker takes item after item: for a small file, a future of its own is a tenth of the work.
    # It waits for none, so that nothing but the executor has to end it.
    def serve() -> None:
        nonlocal workers
        while True:
            with lock:
                if not waiting:
                    workers -= 1
                    return
                item = waiting.popleft()
            try:
                stop.check()
                with stoppable(stop.check):
                    ended.put(Done(item, work(item, stop)))
            except (SignInError, UnreachableError) as error:
                ended.put(error)  # the others would fail as well, each after its own retries
            except BatchffError as error:
                ended.put(Failed(item, error))
            except BaseException as error:
                ended.put(error)

    def outcome() -> Done[T, R] | Failed[T]:
        result = ended.get()
        if isinstance(result, BaseException):
            raise result
        return result

    try:
        for item in items:
            begin(item)
            unfinished += 1
            if unfinished >= 2 * at_a_time:
                yield outcome()
                unfinished -= 1
        for _ in range(unfinished):
            yield outcome()
    finally:
        stop.set()
        executor.shutdown(wait=True, cancel_futures=True)
