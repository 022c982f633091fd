from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from batchff.emulator.errors import EmulatorError
from batchff.emulator.schema_version import make_tables

SCHEMA = "CREATE TABLE films (id INTEGER PRIMARY KEY);"


def test_tables_are_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "db"
    first = sqlite3.connect(path)
    make_tables(first, path, SCHEMA)
    with first:
        first.execute("INSERT INTO films VALUES (7)")
    first.close()

    again = sqlite3.connect(path)
    make_tables(again, path, SCHEMA)

    assert again.execute("SELECT id FROM films").fetchall() == [(7,)]
    again.close()


def test_the_tables_of_another_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "db"
    first = sqlite3.connect(path)
    make_tables(first, path, SCHEMA)
    first.close()
    before = path.read_bytes()

    with pytest.raises(EmulatorError, match="another version") as error:
        make_tables(sqlite3.connect(path), path, SCHEMA + "CREATE TABLE more (id INTEGER);")

    assert "reset" in error.value.hint
    assert path.read_bytes() == before
