"""The SQLite file: its tables, its transactions, and rows as frozen dataclasses."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from batchff.emulator.schema_version import make_tables

_SCHEMA = """
CREATE TABLE pools (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
    document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    allocation_state TEXT NOT NULL, allocation_time INTEGER NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL,
    target_dedicated INTEGER NOT NULL, target_low_priority INTEGER NOT NULL,
    deallocation TEXT NOT NULL, resize_errors TEXT NOT NULL,
    autoscale_due INTEGER, autoscale_enabled INTEGER, autoscale_run TEXT
);
CREATE TABLE nodes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, pool INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    dedicated INTEGER NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    allocated INTEGER NOT NULL, booted INTEGER NOT NULL, start_task TEXT, start_task_info TEXT,
    tasks_run INTEGER NOT NULL, tasks_succeeded INTEGER NOT NULL,
    scheduling TEXT NOT NULL, returns INTEGER
);
CREATE INDEX nodes_of_pool ON nodes (pool);
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
    pool TEXT NOT NULL, document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    previous_state TEXT, previous_state_time INTEGER,
    created INTEGER NOT NULL, modified INTEGER NOT NULL, priority INTEGER NOT NULL,
    deadline INTEGER, ended INTEGER, terminate_reason TEXT, auto_pool TEXT, schedule INTEGER
);
CREATE INDEX jobs_of_pool ON jobs (pool, state, priority DESC, seq);
CREATE INDEX jobs_of_schedule ON jobs (schedule) WHERE schedule IS NOT NULL;
CREATE TABLE job_schedules (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
    document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL,
    next_run INTEGER, last_run INTEGER, jobs INTEGER NOT NULL,
    previous_state TEXT, previous_state_time INTEGER, ended INTEGER, auto_pool TEXT
);
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL, key TEXT NOT NULL,
    id TEXT NOT NULL, document TEXT NOT NULL, state TEXT NOT NULL, state_time INTEGER NOT NULL,
    previous_state TEXT, previous_state_time INTEGER,
    created INTEGER NOT NULL, modified INTEGER NOT NULL, required_slots INTEGER NOT NULL,
    pool TEXT, node TEXT, started INTEGER, ended INTEGER, exit_code INTEGER, result TEXT,
    failure TEXT, retries INTEGER NOT NULL, last_retry INTEGER,
    requeues INTEGER NOT NULL, last_requeue INTEGER, expires INTEGER,
    waits INTEGER NOT NULL, number INTEGER, satisfied INTEGER NOT NULL,
    UNIQUE (job, key)
);
CREATE INDEX tasks_listed ON tasks (job, key, state, state_time);
CREATE INDEX tasks_by_state ON tasks (job, state, key, state_time);
CREATE INDEX tasks_queued ON tasks (job, state, waits) WHERE state = 'active';
CREATE INDEX tasks_counted ON tasks (job, state, result, required_slots, waits);
CREATE INDEX tasks_satisfied ON tasks (job, number) WHERE satisfied = 1;
CREATE INDEX tasks_of_node ON tasks (node, ended) WHERE node IS NOT NULL;
CREATE INDEX tasks_expiring ON tasks (expires) WHERE expires IS NOT NULL;
CREATE TABLE dependencies (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL,
    task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
    key TEXT, first INTEGER, last INTEGER
);
CREATE INDEX dependencies_of_task ON dependencies (task);
CREATE INDEX dependencies_on_key ON dependencies (job, key) WHERE key IS NOT NULL;
CREATE INDEX dependencies_on_range ON dependencies (job, last)
    WHERE last IS NOT NULL;
CREATE TABLE preparations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL, pool TEXT NOT NULL,
    node TEXT NOT NULL, state TEXT NOT NULL, started INTEGER NOT NULL, standing TEXT NOT NULL,
    ended INTEGER, exit_code INTEGER, result TEXT, failure TEXT,
    retries INTEGER NOT NULL, last_retry INTEGER, expires INTEGER,
    release_state TEXT, release_started INTEGER, release_ended INTEGER,
    release_exit_code INTEGER, release_result TEXT, release_failure TEXT, release_expires INTEGER,
    UNIQUE (job, node)
);
CREATE INDEX preparations_of_node ON preparations (node);
CREATE INDEX preparations_expiring ON preparations (expires) WHERE expires IS NOT NULL;
CREATE INDEX releases_expiring ON preparations (release_expires)
    WHERE release_expires IS NOT NULL;
CREATE INDEX preparations_failed ON preparations (job, node) WHERE result = 'failure';
CREATE TABLE processes (
    process_group INTEGER PRIMARY KEY, started TEXT NOT NULL
);
"""


class Database:
    """One connection, used from the event loop's thread only."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute("PRAGMA foreign_keys = ON")
        make_tables(self.connection, path, _SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens inside as one, or nothing of it; inside another one, join that."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:  # SQLite takes some back by itself: a full disk's
                self.connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


@dataclass(frozen=True, slots=True)
class Where:
    """A condition in SQL, with the values of its question marks."""

    sql: str
    values: tuple[object, ...] = ()

    def also(self, other: Where | None) -> Where:
        """Narrow it."""
        if other is None:
            return self
        return Where(f"({self.sql}) AND ({other.sql})", self.values + other.values)


EVERYTHING = Where("1")


class Numbered(Protocol):
    """A row with its number: the table's key and order."""

    @property
    def seq(self) -> int:
        """The number, given when the row was added."""
        ...


Row = TypeVar("Row", bound=Numbered)

to_json = json.JSONEncoder(separators=(",", ":")).encode
"""Write JSON as the store and the service do, without spaces."""


class Table(Generic[Row]):
    """A table whose columns are the fields of a frozen dataclass.

    The last field is `seq`, which the table gives.
    """

    order = "seq"
    """What lists are sorted by, in SQL: a number for each row, or a text where there's `key`."""

    def __init__(
        self,
        database: Database,
        name: str,
        row_type: type[Row],
        decode: dict[str, Callable[[Any], Any]],
    ) -> None:
        self._database = database
        self._name = name
        self._row_type = row_type
        self._columns = [f.name for f in fields(row_type) if f.name != "seq"]  # type: ignore[arg-type]
        self._values = attrgetter(*self._columns)
        self._decoders = [
            (self._columns.index(column), decoder) for column, decoder in decode.items()
        ]
        self._json = [index for index, decoder in self._decoders if decoder is json.loads]
        self._selected = f"{', '.join(self._columns)}, seq"
        marks = ", ".join("?" * len(self._columns))
        self._insert = f"INSERT INTO {name} ({', '.join(self._columns)}) VALUES ({marks})"
        self._update = (
            f"UPDATE {name} SET {', '.join(f'{column} = ?' for column in self._columns)}"
            " WHERE seq = ?"
        )

    def add(self, row: Row) -> int:
        """Insert a row and give its `seq`. Raises sqlite3.IntegrityError where the key is taken."""
        return self._execute(self._insert, self._encoded(row)).lastrowid or 0

    def save(self, row: Row) -> None:
        """Write every column of a row that was read before."""
        self._execute(self._update, [*self._encoded(row), row.seq])

    def update(self, old: Row, new: Row) -> None:
        """Write the columns in which a row differs from the stored one."""
        before, values = self._values(old), list(self._values(new))
        changed = [index for index, value in enumerate(values) if value != before[index]]
        for index in self._json:
            if index in changed and values[index] is not None:
                values[index] = to_json(values[index])
        if changed:
            settings = ", ".join(f"{self._columns[index]} = ?" for index in changed)
            sql = f"UPDATE {self._name} SET {settings} WHERE seq = ?"
            self._execute(sql, (*(values[index] for index in changed), new.seq))

    def remove(self, seq: int) -> None:
        """Delete a row; nothing happens where there is none."""
        self._execute(f"DELETE FROM {self._name} WHERE seq = ?", (seq,))

    def page(self, where: Where, after: str | None, limit: int) -> list[Row]:
        """Give up to `limit` rows behind the place `after`, in the order of lists."""
        return self._rows(self._page(self._selected, where, after, limit))

    def place(self, seq: int) -> str:
        """Give a row's place in lists."""
        sql = f"SELECT {self.order} FROM {self._name} WHERE seq = ?"
        found = self._execute(sql, (seq,)).fetchone()
        return str(found[0]) if found is not None else ""

    def _page(self, columns: str, where: Where, after: str | None, limit: int) -> sqlite3.Cursor:
        """Find the rows first: an index that holds what the condition asks then does alone."""
        order = self.order
        values = where.values
        behind = ""
        if after is not None:
            behind = f" AND {order} > ?"
            values = (*values, int(after) if order == "seq" else after)
        found = f"SELECT seq FROM {self._name} WHERE ({where.sql}){behind} ORDER BY {order} LIMIT ?"
        sql = f"SELECT {columns} FROM {self._name} WHERE seq IN ({found}) ORDER BY {order}"
        return self._execute(sql, (*values, limit))

    def select(self, condition: str, *values: object) -> list[Row]:
        """Give the rows that meet a condition (with ORDER BY and LIMIT, where wanted)."""
        sql = f"SELECT {self._selected} FROM {self._name} WHERE {condition}"
        return self._rows(self._execute(sql, values))

    def _rows(self, found: Iterable[tuple[Any, ...]]) -> list[Row]:
        columns = list(zip(*found, strict=True))
        if columns:
            for index, decode in self._decoders:
                columns[index] = _decoded(columns[index], decode)
        return [self._row_type(*row) for row in zip(*columns, strict=True)]

    def first(self, condition: str, *values: object) -> Row | None:
        """Give the first row that meets a condition; None where none does."""
        rows = self.select(f"{condition} LIMIT 1", *values)
        return rows[0] if rows else None

    def _execute(self, sql: str, values: Iterable[object]) -> sqlite3.Cursor:
        return self._database.connection.execute(sql, tuple(values))

    def _encoded(self, row: Row) -> list[object]:
        values = list(self._values(row))
        for index in self._json:
            if values[index] is not None:
                values[index] = to_json(values[index])
        return values


def _decoded(column: tuple[Any, ...], decode: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Decode a column: its JSON as one text, in half the time that the values apart would take."""
    if decode is not json.loads:
        return tuple(None if value is None else decode(value) for value in column)
    return tuple(json.loads(f"[{','.join(value or 'null' for value in column)}]"))
