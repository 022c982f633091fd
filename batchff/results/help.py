"""The result of `batchff help`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.results import Result


@dataclass(frozen=True, slots=True)
class HelpTopic:
    """A topic, and what it's about."""

    topic: str
    title: str


@dataclass(frozen=True, slots=True)
class Help(Result):
    """The topics there are, or the text of the one that was asked for."""

    command: ClassVar[str] = "help"
    topics: tuple[HelpTopic, ...]
    text: str
