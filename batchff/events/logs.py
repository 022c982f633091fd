"""What tasks wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class LogStarted(Event):
    """What a failed task wrote follows."""

    kind: ClassVar[str] = "log.started"
    task: str
    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class LogLine(Event):
    """A line that a task wrote: what `batchff logs` is asked for, so it belongs on stdout."""

    kind: ClassVar[str] = "log.line"
    task: str
    file: str
    line: str
