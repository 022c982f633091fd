"""Events of `batchff doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class Checked(Event):
    """The outcome of a check: `status` is ok, warning or failure, `advice` says what to do."""

    kind: ClassVar[str] = "check"
    name: str
    status: str
    message: str
    advice: str
