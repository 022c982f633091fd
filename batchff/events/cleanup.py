"""Events of a cleanup: what it removes, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class Removed(Event):
    """Something that batchff made was removed, or the service is removing it."""

    kind: ClassVar[str] = "removed"
    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Kept(Event):
    """Something wasn't removed, or not all of it: `reason` says why."""

    kind: ClassVar[str] = "kept"
    what: str
    name: str
    reason: str
