"""The result of `batchff report`, and what its files are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from batchff.model.report import JobHistory
from batchff.results import INLINE, Result


@dataclass(frozen=True, slots=True)
class Report(Result):
    """A job and its retries as a whole; `written` is the file that has it, empty where none has."""

    command: ClassVar[str] = "report"
    written: str
    history: JobHistory = field(metadata=INLINE)
