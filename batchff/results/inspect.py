"""The result of `batchff inspect`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.model.inspection import Inspection
from batchff.results import Result


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file, and what is in it; one that can't be used has a reason in place of an inspection."""

    file: str
    size: int
    reason: str | None
    inspection: Inspection | None


@dataclass(frozen=True, slots=True)
class Inspect(Result):
    """What is in each file; `problems` counts those with which something is wrong."""

    command: ClassVar[str] = "inspect"
    files: tuple[InspectedFile, ...]
    problems: int
    left_out: dict[str, int]
