"""Keep the package's pollers from sending requests."""

from __future__ import annotations

NEVER = 24 * 3600
"""Pollers ask every few seconds in threads of their own; the stages ask by themselves."""
