"""Pools, nodes, jobs and tasks in SQLite: the whole state of the Batch service."""

from __future__ import annotations

from batchff.emulator.state.store.store import Store, open_store

__all__ = ["Store", "open_store"]
