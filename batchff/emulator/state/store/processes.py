"""The record of the processes that run."""

from __future__ import annotations

import logging
import sqlite3

from batchff.emulator.state.store.database import Database

_LOG = logging.getLogger(__name__)


class Processes:
    """The process groups that run now, kept so that the next start can end what outlived this.

    A full disk keeps no process from running or ending: a record that can't be written is logged.
    """

    def __init__(self, database: Database) -> None:
        self._connection: sqlite3.Connection = database.connection

    def add(self, process_group: int, started: str) -> None:
        """Record a process group, with a mark that tells it from a later one of its id."""
        sql = "INSERT OR REPLACE INTO processes (process_group, started) VALUES (?, ?)"
        self._write(sql, process_group, started)

    def remove(self, process_group: int) -> None:
        """Forget a process group that has ended."""
        self._write("DELETE FROM processes WHERE process_group = ?", process_group)

    def clear(self) -> None:
        """Forget all of them."""
        self._connection.execute("DELETE FROM processes")

    def all(self) -> list[tuple[int, str]]:
        """Give the process groups, each with its mark of when it started."""
        rows = self._connection.execute("SELECT process_group, started FROM processes")
        return [(row[0], row[1]) for row in rows]

    def _write(self, sql: str, *values: object) -> None:
        try:
            self._connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            _LOG.warning("the processes' record could not be written: %s", error)
