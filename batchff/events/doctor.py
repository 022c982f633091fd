"""What `batchff doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class Checked(Event):
    """Something was checked; `status` is ok, warning or failure, `advice` what to do about it."""

    kind: ClassVar[str] = "check"
    name: str
    status: str
    message: str
    advice: str
