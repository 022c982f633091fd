"""Share the link among files: in the order they began, and only so many bytes at a time."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from batchff.cloud.http.retrying import stoppable

T = TypeVar("T")

_MIB = 1024 * 1024

# The most that one request moves.
REQUEST = 8 * _MIB

# Room for two large files or many small ones. This also limits memory.
_FILES = 64 * _MIB
LARGE_FILE = 32 * _MIB
"""What a file of many requests counts as."""

# Few enough that the first file has almost the whole link, and is done early.
_REQUESTS = 4 * REQUEST

BytesDone = Callable[[int], None]
"""Called with the count of bytes that moved since the last call; may raise to stop.

It's also called with 0 now and then while nothing moves.
"""


@dataclass(order=True, slots=True)
class _Waiting:
    """Work that waits for its turn."""

    rank: int
    arrival: int
    weight: int = field(compare=False)
    admitted: threading.Event = field(compare=False, default_factory=threading.Event)


class Turns:
    """Lets work in while its weights together stay within a limit, the lowest rank first.

    What is heavier than the limit goes in alone.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._waiting: list[_Waiting] = []
        self._arrivals = itertools.count()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self, rank: int, weight: int) -> Iterator[None]:
        """Wait for a turn, and keep it for as long as the context lasts."""
        weight = min(weight, self._limit)
        mine = None
        with self._lock:
            if not self._waiting and self._used + weight <= self._limit:
                self._used += weight
            else:
                mine = _Waiting(rank, next(self._arrivals), weight)
                heapq.heappush(self._waiting, mine)
                self._admit()
        try:
            if mine is not None:
                mine.admitted.wait()
            yield
        finally:
            with self._lock:
                if mine is None or mine.admitted.is_set():
                    self._used -= weight
                else:
                    self._waiting.remove(mine)
                    heapq.heapify(self._waiting)
                self._admit()

    def _admit(self) -> None:
        while self._waiting and self._used + self._waiting[0].weight <= self._limit:
            first = heapq.heappop(self._waiting)
            self._used += first.weight
            first.admitted.set()


class Traffic:
    """Shares one link among files, and a file's turn among its requests."""

    def __init__(self) -> None:
        self._files = Turns(_FILES)
        self._requests = Turns(_REQUESTS)
        self._order = itertools.count()

    @contextmanager
    def file(self, weight: int) -> Iterator[int]:
        """Wait until a file may begin; give the rank that its requests have."""
        rank = next(self._order)
        with self._files.turn(rank, weight):
            yield rank

    def request(self, rank: int, weight: int) -> AbstractContextManager[None]:
        """Wait until a request may be sent, for as long as the context lasts."""
        return self._requests.turn(rank, weight)


class _Abandoned(Exception):
    """Another request of the same file has failed."""


def in_order(
    jobs: Iterable[Callable[[BytesDone], T]], at_a_time: int, bytes_done: BytesDone
) -> Iterator[T]:
    """Do jobs in threads; yield their results in the order of the jobs.

    At most `at_a_time` results exist at once. When one job fails, the others are stopped at their
    next report of progress.
    """
    ended = threading.Event()

    def progress(count: int) -> None:
        if ended.is_set():
            raise _Abandoned
        bytes_done(count)

    def work(job: Callable[[BytesDone], T]) -> T:
        with stoppable(lambda: progress(0)):
            return job(progress)

    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(at_a_time, thread_name_prefix="batchff-blocks") as executor:
        try:
            for job in jobs:
                waiting.append(executor.submit(work, job))
                if len(waiting) == at_a_time:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            ended.set()
            executor.shutdown(cancel_futures=True)
