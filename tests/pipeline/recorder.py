"""A reporter that keeps what it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from batchff.events import Event

E = TypeVar("E", bound=Event)


class Recorder:
    """Keeps every event in order; `react`, where given, is called with each, in its thread."""

    follows_progress = True

    def __init__(self, react: Callable[[Event], None] = lambda event: None) -> None:
        self._react = react
        self._lock = threading.Lock()
        self.events: list[Event] = []

    def report(self, event: Event) -> None:
        with self._lock:
            self.events.append(event)
        self._react(event)

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one kind."""
        with self._lock:
            return [event for event in self.events if isinstance(event, kind)]
