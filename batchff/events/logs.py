"""Events of `batchff logs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class LogStarted(Event):
    """The log of a failed task follows; `preset` is its own where its file has several tasks."""

    kind: ClassVar[str] = "log.started"
    task: str
    file: str
    reason: str
    preset: str = ""


@dataclass(frozen=True, slots=True)
class LogLine(Event):
    """A line that a task wrote. It's the output of `batchff logs`, so it goes to stdout."""

    kind: ClassVar[str] = "log.line"
    task: str
    file: str
    line: str
