"""A database's tables: made in a new file, and refused in one that another version has made."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

from batchff.emulator.errors import EmulatorError


def make_tables(connection: sqlite3.Connection, path: Path, schema: str) -> None:
    """Make the tables of a database that has none yet.

    Raises EmulatorError, the database closed, where they are those of another version of the
    emulator: any other schema, so that no change of it can be forgotten here.
    """
    mark = zlib.crc32(schema.encode()) & 0x7FFFFFFF
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == mark:
        return
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        connection.close()
        raise EmulatorError(
            f"{path} was written by another version of batchff",
            "Empty it with `batchff emulator reset`, or give this version a folder of its own.",
        )
    connection.executescript(f"BEGIN;{schema}PRAGMA user_version = {mark};COMMIT;")
