"""The results of `batchff logs`: the lines themselves are events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class TaskLog(Result):
    """How many lines of one task's log were shown."""

    command: ClassVar[str] = "logs"
    job: str
    task: str
    lines: int


@dataclass(frozen=True, slots=True)
class FailureLogs(Result):
    """How many failed tasks were shown, with how many lines.

    `retried` counts those that had failed, and haven't since they were retried.
    """

    command: ClassVar[str] = "logs"
    job: str
    tasks: int
    lines: int
    retried: int
