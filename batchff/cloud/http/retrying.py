"""Trying again what failed for now, by a clock that can be handed in; the user hears of it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from batchff.cloud.http.retry_policies import RetryPolicy
from batchff.model.duration import duration_text

Pause = Callable[[float], object]
"""Waits so many seconds."""

Check = Callable[[], object]
"""Raises to end what a thread does; called now and then while it waits."""

# In seconds.
_BETWEEN_CHECKS = 0.1
_NO_TIME = 0.001

# Seconds. A shorter while isn't worth a line, and within a longer one the same line is no news.
_SILENT = 5.0
_SECONDS_BETWEEN_LINES = 300.0


class Clock(Protocol):
    """The time, as the module `time` tells it."""

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""

    def time(self) -> float:
        """Return seconds since the epoch."""

    def sleep(self, seconds: float, /) -> object:
        """Wait so many seconds."""


class _Here(threading.local):
    """What can stop this thread."""

    check: Check | None = None


_here = _Here()


@contextmanager
def stoppable(check: Check) -> Iterator[None]:
    """Within the block, call `check` while this thread waits; it raises to end the wait.

    A thread that will be joined needs it. Without it, the thread waits on for minutes after its
    command has ended.
    """
    before = _here.check
    _here.check = check
    try:
        yield
    finally:
        _here.check = before


class Retrying:
    """How one command retries: by which clock, for how long at most, and whom it tells.

    `most` limits the patience of all policies, for commands that have to be quick. One object
    serves all services of the command, from any thread.
    """

    def __init__(
        self,
        tell: Callable[[str], object] = lambda line: None,
        *,
        clock: Clock = time,
        most: float = math.inf,
    ) -> None:
        self.clock = clock
        self.most = most
        self._tell = tell
        self._failing_since: dict[str, float] = {}
        self._told_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def pause(self, seconds: float, check: Check | None = None) -> None:
        """Wait, and call `check` and the thread's own (`stoppable`) meanwhile, at least once."""
        checks = [each for each in (_here.check, check) if each is not None]
        if not checks and seconds > 0:
            self.clock.sleep(seconds)
        end = self.clock.monotonic() + seconds
        while checks:
            for each in checks:
                each()
            left = end - self.clock.monotonic()
            if left <= _NO_TIME:
                return
            self.clock.sleep(_part(_BETWEEN_CHECKS, left))

    def succeeded(self, service: str) -> None:
        """Note that a service does what it's asked for."""
        if service in self._failing_since:
            with self._lock:
                self._failing_since.pop(service, None)

    def failing_since(self, service: str) -> float:
        """Note that a service fails; return when that began, with nothing that succeeded since."""
        with self._lock:
            return self._failing_since.setdefault(service, self.clock.monotonic())

    def tell(self, service: str, why: str, patience: float) -> None:
        """Say that a service is waited for, unless that was said a moment ago."""
        now = self.clock.monotonic()
        with self._lock:
            told_at = self._told_at.get(service, -math.inf)
            if now - told_at < _SECONDS_BETWEEN_LINES:
                return
            self._told_at[service] = now
        longest = duration_text(timedelta(seconds=patience))
        self._tell(f"{service} {why}: trying again for up to {longest}")


class Patience:
    """The waiting for one request: longer each time, until its policy's patience is over.

    It's over at once where the service has failed for so long already, whatever it was asked for:
    so that a thousand files don't each wait.
    """

    def __init__(self, policy: RetryPolicy, retrying: Retrying, check: Check | None = None) -> None:
        self._policy = policy
        self._retrying = retrying
        self._check = check
        self._whole = min(policy.patience, retrying.most)
        self._began: float | None = None
        self._pauses = 0
        self._may_hurry = True

    def succeeded(self) -> None:
        """Start counting failures anew: the service gave a final answer, or bytes moved."""
        self._retrying.succeeded(self._policy.service)
        self._began = None
        self._pauses = 0
        self._may_hurry = True

    def wait(self, why: str, *, asked: float = 0.0, broken: bool = False) -> bool:
        """Wait before another attempt; False where there's to be none.

        `why` follows the service's name, `asked` is for how long it asked to be left alone. After
        the first connection that broke (`broken`) the next attempt comes at once.
        """
        left = self._left()
        if left <= _NO_TIME:
            return False
        hurries = broken and self._may_hurry and not asked
        self._may_hurry = False
        if hurries:
            self._retrying.pause(0, self._check)
            return True
        seconds = _part(max(self._policy.pause(self._pauses), asked), left)
        spent = self._whole - left
        if spent + seconds >= _SILENT < self._whole:
            self._retrying.tell(self._policy.service, why, self._whole)
        self._pauses += 1
        self._retrying.pause(seconds, self._check)
        return True

    def _left(self) -> float:
        """Return for how many more seconds to wait; the first call begins the patience."""
        now = self._retrying.clock.monotonic()
        since = self._retrying.failing_since(self._policy.service)
        if self._began is None:
            self._began = now
            if now - since >= self._whole:
                return 0.0
        return self._whole - (now - self._began)


def _part(seconds: float, left: float) -> float:
    """Return how long to wait now.

    That is `seconds`, or all that is left if the rest would be under a millisecond.
    """
    return left if left - seconds <= _NO_TIME else seconds


class Steps:
    """The waiting for what a service needs time for: in equal steps, until the patience is over.

    Only the waits count, not the requests.
    """

    def __init__(self, policy: RetryPolicy, pause: Pause) -> None:
        self._policy = policy
        self._pause = pause
        self._left = policy.patience

    @property
    def is_over(self) -> bool:
        """Whether the patience is over."""
        return self._left <= 0

    def are_for(self, code: str) -> bool:
        """Say whether that is what an error's code means."""
        return code in self._policy.codes

    def wait(self) -> None:
        """Wait for one step."""
        self._pause(self._policy.first)
        self._left -= self._policy.first


def busy(status: int) -> str:
    """Say what an answer's status means for whoever waits."""
    return f"is busy ({status})" if status in (408, 429, 503) else f"fails ({status})"


def silent(reason: str) -> str:
    """Say what a failed connection means for whoever waits."""
    return f"doesn't answer ({reason})"
