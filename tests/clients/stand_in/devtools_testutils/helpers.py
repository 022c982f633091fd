"""Whether the tests run against a service."""

from __future__ import annotations


def is_live_and_not_recording() -> bool:
    """They do, always."""
    return True
