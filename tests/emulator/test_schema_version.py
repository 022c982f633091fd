from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from batchff.emulator.blob.store.database import connect
from batchff.emulator.errors import EmulatorError
from batchff.emulator.schema_version import make_tables, mark_of
from batchff.emulator.state.store.database import Database

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


def test_the_tables_of_an_earlier_version_are_changed_and_keep_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "db"
    first = sqlite3.connect(path)
    make_tables(first, path, SCHEMA)
    with first:
        first.execute("INSERT INTO films VALUES (7)")
    first.close()
    later = "CREATE TABLE films (id INTEGER PRIMARY KEY, name TEXT);"

    again = sqlite3.connect(path)
    make_tables(again, path, later, {mark_of(SCHEMA): "ALTER TABLE films ADD COLUMN name TEXT;"})
    make_tables(again, path, later)

    assert again.execute("SELECT id, name FROM films").fetchall() == [(7, None)]
    again.close()


@pytest.mark.parametrize(
    ("module", "opened"),
    [("blob", lambda path: connect(path).close()), ("state", lambda path: Database(path).close())],
)
def test_a_root_of_any_earlier_release_is_opened(
    module: str, opened: Callable[[Path], None], tmp_path: Path
) -> None:
    kept = sorted((Path(__file__).parent / module / "store" / "schemas").glob("*.sql"))
    for file in kept:
        path = tmp_path / file.stem
        with closing(sqlite3.connect(path)) as made:
            made.executescript(f"{file.read_text()}PRAGMA user_version = {file.stem};")
        opened(path)
    opened(tmp_path / "new")
    with closing(sqlite3.connect(tmp_path / "new")) as new:
        mark = new.execute("PRAGMA user_version").fetchone()[0]
        tables = _columns(new)
    assert str(mark) in {file.stem for file in kept}, "keep this schema too, as schemas/MARK.sql"
    for file in kept:
        with closing(sqlite3.connect(tmp_path / file.stem)) as upgraded:
            assert _columns(upgraded) == tables


def _columns(database: sqlite3.Connection) -> dict[str, set[str]]:
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        name: {row[1] for row in database.execute(f"PRAGMA table_info({name})")}
        for (name,) in names
    }
