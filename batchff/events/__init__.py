"""Events that stages report while they work; a console shows them as a display, lines or JSON.

Every event's fields are plain data: with `--json` they are the keys of the event's line. The events
of each stage have a module here, so that a command loads only its own: classes take time to make.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened; `kind` names it for scripts and never changes its meaning."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something that the user should know."""

    kind: ClassVar[str] = "notice"
    message: str


@dataclass(frozen=True, slots=True)
class Advised(Notice):
    """What the user can do next: people read it in the command's end, scripts as a notice."""


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something is wrong, and may need the user."""

    kind: ClassVar[str] = "warning"
    message: str
