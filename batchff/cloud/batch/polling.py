"""Keep the package's pollers from sending requests."""

from __future__ import annotations

NEVER = 24 * 3600
"""They look again every few seconds in a thread of their own; the stages look for themselves."""
