"""Which node runs which task, and what becomes of tasks, jobs, nodes and pools. No HTTP."""

from __future__ import annotations
