"""Events of a look into files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class InspectStarted(Event):
    """Files are about to be looked into."""

    kind: ClassVar[str] = "inspect.started"
    files: int


@dataclass(frozen=True, slots=True)
class FileInspected(Event):
    """A file was looked into; `problem` is what is wrong with it, empty where nothing is.

    `seconds` is its length and `bytes` its size, None where that isn't known.
    """

    kind: ClassVar[str] = "inspect.file"
    file: str
    problem: str
    seconds: float | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class InspectEnded(Event):
    """All files were looked into; `problems` counts those with which something is wrong."""

    kind: ClassVar[str] = "inspect.ended"
    files: int
    problems: int
