"""What a cleanup removes and leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event


@dataclass(frozen=True, slots=True)
class Removed(Event):
    """Something of batchff's was removed, or is being removed by the service."""

    kind: ClassVar[str] = "removed"
    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Kept(Event):
    """Something that a cleanup was to remove stays, or some of it: `reason` says why."""

    kind: ClassVar[str] = "kept"
    what: str
    name: str
    reason: str
