"""Jobs: make them, add their tasks, find them again."""

from __future__ import annotations
