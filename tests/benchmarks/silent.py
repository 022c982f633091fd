"""A reporter for nobody. Light to import: it's part of what is measured."""

from __future__ import annotations

from batchff.events import Event


class Silent:
    """Shows nothing."""

    follows_progress = False

    def report(self, event: Event) -> None:
        pass
