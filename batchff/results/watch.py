"""The result of `batchff watch`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from batchff.model.jobs import JobOutcome
from batchff.results import INLINE, Result


@dataclass(frozen=True, slots=True)
class Watch(Result):
    """How a job and its retries ended."""

    command: ClassVar[str] = "watch"
    outcome: JobOutcome = field(metadata=INLINE)
