"""Pools, nodes, jobs and tasks in SQLite: the one place where the emulator's Batch state lies."""

from __future__ import annotations

from batchff.emulator.state.store.store import Store, open_store

__all__ = ["Store", "open_store"]
