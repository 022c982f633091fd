"""The result of `batchff doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class Doctor(Result):
    """How many checks ended in which way; each is an event of its own."""

    command: ClassVar[str] = "doctor"
    ok: int
    warnings: int
    failures: int
