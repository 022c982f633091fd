"""Containers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from batchff.emulator.blob.store.database import files_of, new_etag, transaction, without_references
from batchff.emulator.blob.store.files import Files
from batchff.emulator.blob.store.leases import Lease, lease_text, read_lease
from batchff.emulator.blob.store.records import Container

_REAPED_AT_ONCE = 500


class Containers:
    """The containers of an account."""

    def __init__(self, database: sqlite3.Connection, files: Files) -> None:
        self._database = database
        self._files = files

    def get(self, name: str) -> Container | None:
        """Give a container; None where there is none."""
        row = self._database.execute("SELECT * FROM containers WHERE name = ?", [name]).fetchone()
        return _container(row) if row else None

    def create(self, name: str, metadata: Mapping[str, str], now: int) -> Container | None:
        """Make a container, or return None where the name is taken."""
        row = self._database.execute(
            "INSERT INTO containers (name, etag, modified, metadata) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING RETURNING *",
            [name, new_etag(), now, json.dumps(metadata)],
        ).fetchone()
        return _container(row) if row else None

    def set_metadata(
        self, container: Container, metadata: Mapping[str, str], now: int
    ) -> Container:
        """Replace the metadata."""
        row = self._database.execute(
            "UPDATE containers SET etag = ?, modified = ?, metadata = ? WHERE id = ? RETURNING *",
            [new_etag(), now, json.dumps(metadata), container.id],
        ).fetchone()
        return _container(row)

    def set_lease(self, container: Container, lease: Lease | None) -> None:
        """Replace the lease; the container itself counts as unchanged."""
        self._database.execute(
            "UPDATE containers SET lease = ? WHERE id = ?", [lease_text(lease), container.id]
        )

    def list(self, prefix: str, start: str, limit: int) -> list[Container]:
        """Up to `limit` containers whose name has the prefix, by name, from `start` on."""
        rows = self._database.execute(
            "SELECT * FROM containers WHERE name >= ? AND substr(name, 1, ?) = ?"
            " ORDER BY name LIMIT ?",
            [max(prefix, start), len(prefix), prefix, limit],
        )
        return [_container(row) for row in rows]

    def hide(self, container: Container) -> None:
        """Delete a container for all that clients can see; `reap` then frees what it held."""
        self._database.execute("UPDATE containers SET name = NULL WHERE id = ?", [container.id])

    def reap(self) -> bool:
        """Remove some blobs of hidden containers; False when none is left.

        A few at a time, so that deleting a large container holds up nobody else.
        """
        doomed = "SELECT id FROM containers WHERE name IS NULL"
        with transaction(self._database):
            blobs = [
                row["id"]
                for row in self._database.execute(
                    f"SELECT id FROM blobs WHERE container IN ({doomed}) LIMIT {_REAPED_AT_ONCE}"
                )
            ]
            if not blobs:
                self._database.execute("DELETE FROM containers WHERE name IS NULL")
                return False
            held = [file for blob in blobs for file in files_of(self._database, blob)]
            self._database.executemany("DELETE FROM blobs WHERE id = ?", [[b] for b in blobs])
            freed = without_references(self._database, held)
        self._files.discard(freed)
        return True

    def reap_all(self) -> None:
        """Remove the blobs of all deleted containers."""
        while self.reap():
            pass


def _container(row: sqlite3.Row) -> Container:
    return Container(
        row["id"],
        row["name"],
        row["etag"],
        row["modified"],
        json.loads(row["metadata"]),
        read_lease(row["lease"]),
    )
