"""Run checks one after the other, each for a limited time, and keep what they found."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from batchff.errors import BatchffError, ServiceError
from batchff.events.doctor import Checked

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

T = TypeVar("T")

SECONDS = 20.0
"""How long one check may take."""


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, what was found, and what to do about it."""

    name: str
    status: Status
    message: str
    advice: str = ""


def ok(name: str, message: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, Status.OK, message)


def warning(name: str, message: str, advice: str = "") -> Check:
    """Return a check that found what may go wrong."""
    return Check(name, Status.WARNING, message, advice)


def failure(name: str, message: str, advice: str = "") -> Check:
    """Return a check that found what will go wrong."""
    return Check(name, Status.FAILURE, message, advice)


class Examination:
    """Runs checks, reports what each found, and keeps it."""

    def __init__(self, reporter: Reporter, seconds: float = SECONDS) -> None:
        self._reporter = reporter
        self._seconds = seconds
        self.checks: list[Check] = []

    def run(self, name: str, look: Callable[[], Check | Iterable[Check]]) -> None:
        """Run a check; if it raises BatchffError or takes too long, that is a failure of `name`."""
        try:
            found = self.attempt(look)
        except BatchffError as error:
            found = failure(name, error.message, error.hint)
        for check in [found] if isinstance(found, Check) else found:
            self.add(check)

    def add(self, check: Check) -> None:
        """Report and keep a check that was made elsewhere."""
        self.checks.append(check)
        event = Checked(check.name, check.status.value, check.message, check.advice)
        self._reporter.report(event)

    def attempt(self, look: Callable[[], T]) -> T:
        """Return what a look returns; raise ServiceError where it takes too long.

        It then goes on in a daemon thread, which doesn't keep the program from ending.
        """
        attempt = _Attempt(look)
        thread = threading.Thread(target=attempt.run, daemon=True, name="batchff-check")
        thread.start()
        thread.join(self._seconds)
        if thread.is_alive():
            raise ServiceError(
                f"no answer within {self._seconds:.0f} seconds", hint="check the network"
            )
        return attempt.result()

    def count(self, status: Status) -> int:
        """Return how many checks ended so."""
        return sum(check.status is status for check in self.checks)


class _Attempt(Generic[T]):
    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._found: list[T] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._found.append(self._look())
        except Exception as error:  # raised again where the result is taken
            self._error = error

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._found[0]
