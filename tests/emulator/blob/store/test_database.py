from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchff.emulator.blob.store.database import (
    connect,
    files_of,
    new_etag,
    transaction,
    without_references,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    made = connect(tmp_path / "blobs.db")
    yield made
    made.close()


def add_blob(database: sqlite3.Connection, name: str, *files: str) -> int:
    """A blob of one-byte pieces; the last file is a block that isn't committed."""
    database.execute(
        "INSERT OR IGNORE INTO containers VALUES (1, 'films', '0x1', 0, '{}', NULL)",
    )
    blob = database.execute(
        "INSERT INTO blobs (container, name, committed, etag, created, modified, size, properties,"
        " metadata) VALUES (1, ?, 1, '0x1', 0, 0, 0, '{}', '{}')",
        (name.encode(),),
    ).lastrowid
    assert blob is not None
    for start, file in enumerate(files[:-1]):
        database.execute("INSERT INTO pieces VALUES (?, ?, ?, 1, NULL)", (blob, start, file))
    database.execute("INSERT INTO blocks VALUES (?, 'id', ?, 1, 0)", (blob, files[-1]))
    return blob


def names(database: sqlite3.Connection) -> list[bytes]:
    return [row["name"] for row in database.execute("SELECT name FROM blobs ORDER BY name")]


def test_a_transaction_is_all_or_nothing(database: sqlite3.Connection) -> None:
    with pytest.raises(ValueError, match="stop"), transaction(database):
        add_blob(database, "a", "1")
        raise ValueError("stop")
    assert names(database) == []

    with transaction(database):
        add_blob(database, "b", "1")
    assert names(database) == [b"b"]


def test_names_are_in_the_order_of_their_bytes(database: sqlite3.Connection) -> None:
    for name in ("ä", "b", "B", "a"):
        add_blob(database, name, "1")
    assert names(database) == [b"B", b"a", b"b", "ä".encode()]


def test_a_blobs_files_are_committed_ones_and_others(database: sqlite3.Connection) -> None:
    blob = add_blob(database, "a", "1", "2", "3")
    assert sorted(files_of(database, blob)) == ["1", "2", "3"]


def test_a_file_is_free_once_nothing_names_it(database: sqlite3.Connection) -> None:
    first, second = add_blob(database, "a", "1", "shared", "2"), add_blob(database, "b", "shared")
    database.execute("DELETE FROM blobs WHERE id = ?", (first,))  # its pieces and blocks go too
    assert without_references(database, ["1", "2", "shared"]) == ["1", "2"]
    database.execute("DELETE FROM blobs WHERE id = ?", (second,))
    assert without_references(database, ["shared"]) == ["shared"]


def test_what_was_committed_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "blobs.db"
    killed = connect(path)
    with transaction(killed):
        add_blob(killed, "a", "1")
    killed.execute("BEGIN IMMEDIATE")
    add_blob(killed, "b", "2")
    # A copy of the files as they are now is what a killed process leaves.
    left = tmp_path / "left"
    left.mkdir()
    for file in tmp_path.glob("blobs.db*"):
        (left / file.name).write_bytes(file.read_bytes())
    killed.close()

    found = connect(left / "blobs.db")
    assert names(found) == [b"a"]
    found.close()


def test_no_two_etags_are_the_same() -> None:
    etags = {new_etag() for _ in range(100)}
    assert len(etags) == 100
    assert all(re.fullmatch("0x8D[0-9A-F]{14}", each) for each in etags)
