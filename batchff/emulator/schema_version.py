"""A database's tables: made in a new file, and brought up to date in one of an earlier version."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from batchff.emulator.errors import EmulatorError


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise EmulatorError that names the cure where a database is found to be damaged inside."""
    try:
        yield
    except sqlite3.OperationalError:
        raise  # a full disk, or one that can't be written to: nothing of the file is lost
    except sqlite3.DatabaseError as error:
        raise EmulatorError(
            f"{path} is damaged ({error})",
            f"Remove all that the emulator keeps: batchff emulator reset --root {path.parent}",
        ) from error


def make_tables(
    connection: sqlite3.Connection,
    path: Path,
    schema: str,
    upgrades: Mapping[int, str] | None = None,
) -> None:
    """Make the tables of a database that has none yet, or change those of an earlier version.

    `upgrades` are the statements that make this schema of an earlier one, by that one's mark.
    Raises EmulatorError, the database closed, where the tables are those of any other schema: so no
    change of it can be forgotten here.
    """
    mark = mark_of(schema)
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == mark:
        return
    statements = schema
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        if found not in (upgrades or {}):
            connection.close()
            raise EmulatorError(
                f"{path} was written by another version of batchff",
                "Empty it with `batchff emulator reset`, or give this version a folder of its own.",
            )
        assert upgrades is not None
        statements = upgrades[found]
    connection.executescript(f"BEGIN;{statements}PRAGMA user_version = {mark};COMMIT;")


def mark_of(schema: str) -> int:
    """Return the number by which a schema is known in a database."""
    return zlib.crc32(schema.encode()) & 0x7FFFFFFF
