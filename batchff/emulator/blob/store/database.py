"""The database: its tables, and transactions on it."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchff.emulator.schema_version import make_tables

_SCHEMA = """
CREATE TABLE containers (
    id INTEGER PRIMARY KEY,
    name TEXT UNIQUE,            -- NULL once deleted, until its blobs are gone
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    lease TEXT
);
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    container INTEGER NOT NULL REFERENCES containers (id),
    name BLOB NOT NULL,          -- UTF-8, so that order and prefixes are those of bytes
    committed INTEGER NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    size INTEGER NOT NULL,
    properties TEXT NOT NULL,
    metadata TEXT NOT NULL,
    copy TEXT,
    tier TEXT,                   -- NULL where no client has chosen one
    tier_changed INTEGER,
    lease TEXT,
    appended INTEGER,            -- how many blocks an append blob has; NULL for a block blob
    UNIQUE (container, name)
);
CREATE TABLE pieces (
    blob INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,      -- where in the blob; no piece is empty
    file TEXT NOT NULL,
    length INTEGER NOT NULL,
    block_id TEXT,
    PRIMARY KEY (blob, start)
) WITHOUT ROWID;
CREATE INDEX pieces_by_file ON pieces (file);
CREATE TABLE blocks (
    blob INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    block_id TEXT NOT NULL,
    file TEXT NOT NULL,
    length INTEGER NOT NULL,
    staged INTEGER NOT NULL,
    PRIMARY KEY (blob, block_id)
) WITHOUT ROWID;
CREATE INDEX blocks_by_file ON blocks (file);
"""

_UPGRADES = {
    # 0.1.0, November 2026
    1848877034: "ALTER TABLE blobs ADD COLUMN tier TEXT;"
    "ALTER TABLE blobs ADD COLUMN tier_changed INTEGER;"
    "ALTER TABLE blobs ADD COLUMN lease TEXT;"
    "ALTER TABLE blobs ADD COLUMN appended INTEGER;"
    "ALTER TABLE containers ADD COLUMN lease TEXT;",
}


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, making it where there is none.

    WAL with synchronous=NORMAL: a killed process loses nothing, and a commit doesn't wait for the
    disk. A checkpoint does, for up to 0.3 s beside large uploads: so they come ten times as
    seldom as by default, after 40 MB.
    """
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA wal_autocheckpoint = 10000")
    database.execute("PRAGMA foreign_keys = ON")
    make_tables(database, path, _SCHEMA, _UPGRADES)
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of the block's writes, or none."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # SQLite ends the transaction itself where, for example, the disk is full.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def new_etag() -> str:
    """An ETag in the service's form; random, so that no two writes share one."""
    return f"0x8D{secrets.token_hex(7).upper()}"


def without_references(database: sqlite3.Connection, files: list[str]) -> list[str]:
    """Those of the files that no row names any more."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM pieces WHERE file = :file)"
        " OR EXISTS (SELECT 1 FROM blocks WHERE file = :file)"
    )
    return [f for f in files if not database.execute(query, {"file": f}).fetchone()[0]]


def files_of(database: sqlite3.Connection, blob: int) -> list[str]:
    """The files that hold a blob's bytes, committed or not."""
    rows = database.execute(
        "SELECT file FROM pieces WHERE blob = :blob UNION SELECT file FROM blocks"
        " WHERE blob = :blob",
        {"blob": blob},
    )
    return [row["file"] for row in rows]
