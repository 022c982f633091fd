"""The port through which stages tell what they do."""

from __future__ import annotations

from typing import Protocol

from batchff.events import Event


class Reporter(Protocol):
    """Takes events from any thread and shows them in its own way."""

    def report(self, event: Event) -> None:
        """Show an event, now."""
