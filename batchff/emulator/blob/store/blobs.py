"""Blobs and their blocks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import accumulate

from batchff.emulator.blob.store.database import (
    files_of,
    new_etag,
    transaction,
    without_references,
)
from batchff.emulator.blob.store.files import Files
from batchff.emulator.blob.store.leases import Lease, lease_text, read_lease
from batchff.emulator.blob.store.records import (
    Attributes,
    Blob,
    ByteRange,
    Container,
    Copy,
    Piece,
    Properties,
    Span,
)


class Blobs:
    """The blobs of all containers."""

    def __init__(self, database: sqlite3.Connection, files: Files) -> None:
        self._database = database
        self._files = files

    def get(self, container: Container, name: str) -> Blob | None:
        """Give a blob, committed or not; None where there is none."""
        row = self._database.execute(
            "SELECT * FROM blobs WHERE container = ? AND name = ?", [container.id, name.encode()]
        ).fetchone()
        return blob_of(row) if row else None

    def pieces(self, blob: Blob) -> list[Piece]:
        """What a committed blob's bytes are made of, in order."""
        rows = self._database.execute(
            "SELECT file, length, block_id FROM pieces WHERE blob = ? ORDER BY start", [blob.id]
        )
        return [Piece(*row) for row in rows]

    def spans(self, blob: Blob, part: ByteRange) -> list[Span]:
        """Where the bytes of a part of a committed blob are."""
        rows = self._database.execute(
            "SELECT file, start, length FROM pieces WHERE blob = :blob AND start < :end"
            " AND start >= (SELECT max(start) FROM pieces WHERE blob = :blob AND start <= :start)"
            " ORDER BY start",
            {"blob": blob.id, "start": part.start, "end": part.end},
        )
        return [
            Span(file, max(part.start - start, 0), min(part.end - start, length))
            for file, start, length in rows
        ]

    def put(
        self,
        container: Container,
        name: str,
        attributes: Attributes,
        pieces: Sequence[Piece],
        now: int,
    ) -> Blob:
        """Make a blob of these pieces, in place of whatever had its name; its blocks are gone."""
        with transaction(self._database):
            row = self._database.execute(
                "INSERT INTO blobs (container, name, committed, etag, created, modified, size,"
                " properties, metadata, copy, tier, tier_changed, appended)"
                " VALUES (:container, :name, 1, :etag, :now, :now, :size, :properties, :metadata,"
                " :copy, :tier, iif(:tier IS NULL, NULL, :now), :appended)"
                " ON CONFLICT DO UPDATE SET created = iif(committed, created, excluded.created),"
                " committed = 1, etag = excluded.etag, modified = excluded.modified,"
                " size = excluded.size, properties = excluded.properties,"
                " metadata = excluded.metadata, copy = excluded.copy, tier = excluded.tier,"
                " tier_changed = excluded.tier_changed, appended = excluded.appended"
                " RETURNING *",
                {
                    "container": container.id,
                    "name": name.encode(),
                    "etag": new_etag(),
                    "now": now,
                    "size": sum(piece.length for piece in pieces),
                    "properties": _json(attributes.properties),
                    "metadata": json.dumps(dict(attributes.metadata)),
                    "copy": _json(attributes.copy) if attributes.copy else None,
                    "tier": attributes.tier,
                    "appended": len(pieces) if attributes.is_appended else None,
                },
            ).fetchone()
            earlier = files_of(self._database, row["id"])
            self._database.execute("DELETE FROM pieces WHERE blob = ?", [row["id"]])
            self._database.execute("DELETE FROM blocks WHERE blob = ?", [row["id"]])
            starts = accumulate((piece.length for piece in pieces), initial=0)
            self._database.executemany(
                "INSERT INTO pieces (blob, start, file, length, block_id) VALUES (?, ?, ?, ?, ?)",
                (
                    [row["id"], start, piece.file, piece.length, piece.block_id]
                    for start, piece in zip(starts, pieces, strict=False)
                ),
            )
            freed = without_references(self._database, earlier)
        self._files.discard(freed)
        return blob_of(row)

    def set_properties(self, blob: Blob, properties: Properties, now: int) -> Blob:
        """Replace the properties that a client chooses."""
        return self._set(blob, "properties", _json(properties), now)

    def set_metadata(self, blob: Blob, metadata: Mapping[str, str], now: int) -> Blob:
        """Replace the metadata."""
        return self._set(blob, "metadata", json.dumps(dict(metadata)), now)

    def set_tier(self, blob: Blob, tier: str, now: int) -> None:
        """Replace the tier; the blob itself counts as unchanged."""
        self._database.execute(
            "UPDATE blobs SET tier = ?, tier_changed = ? WHERE id = ?", [tier, now, blob.id]
        )

    def set_lease(self, blob: Blob, lease: Lease | None) -> None:
        """Replace the lease; the blob itself counts as unchanged."""
        self._database.execute(
            "UPDATE blobs SET lease = ? WHERE id = ?", [lease_text(lease), blob.id]
        )

    def append(self, blob: Blob, piece: Piece, now: int) -> Blob:
        """Put bytes behind those of an append blob."""
        with transaction(self._database):
            self._database.execute(
                "INSERT INTO pieces (blob, start, file, length) VALUES (?, ?, ?, ?)",
                [blob.id, blob.size, piece.file, piece.length],
            )
            row = self._database.execute(
                "UPDATE blobs SET size = size + ?, appended = appended + 1, etag = ?, modified = ?"
                " WHERE id = ? RETURNING *",
                [piece.length, new_etag(), now, blob.id],
            ).fetchone()
        return blob_of(row)

    def _set(self, blob: Blob, column: str, value: str, now: int) -> Blob:
        row = self._database.execute(
            f"UPDATE blobs SET {column} = ?, etag = ?, modified = ? WHERE id = ? RETURNING *",
            [value, new_etag(), now, blob.id],
        ).fetchone()
        return blob_of(row)

    def delete(self, blob: Blob) -> None:
        """Delete a blob, and the files that no other blob needs."""
        with transaction(self._database):
            files = files_of(self._database, blob.id)
            self._database.execute("DELETE FROM blobs WHERE id = ?", [blob.id])
            freed = without_references(self._database, files)
        self._files.discard(freed)

    def stage(self, container: Container, name: str, block: Piece, now: int) -> None:
        """Keep a block for a later commit, in place of an uncommitted one of the same id."""
        with transaction(self._database):
            self._database.execute(
                "INSERT INTO blobs (container, name, committed, etag, created, modified, size,"
                " properties, metadata) VALUES (?, ?, 0, ?, ?, ?, 0, '{}', '{}')"
                " ON CONFLICT DO NOTHING",
                [container.id, name.encode(), new_etag(), now, now],
            )
            (blob,) = self._database.execute(
                "SELECT id FROM blobs WHERE container = ? AND name = ?",
                [container.id, name.encode()],
            ).fetchone()
            key = [blob, block.block_id]
            earlier = [
                row["file"]
                for row in self._database.execute(
                    "SELECT file FROM blocks WHERE blob = ? AND block_id = ?", key
                )
            ]
            self._database.execute(
                "INSERT OR REPLACE INTO blocks (blob, block_id, file, length, staged)"
                " VALUES (?, ?, ?, ?, ?)",
                [*key, block.file, block.length, now],
            )
            freed = without_references(self._database, earlier)
        self._files.discard(freed)

    def uncommitted(self, blob: Blob) -> list[Piece]:
        """The blocks that wait for a commit, by id."""
        rows = self._database.execute(
            "SELECT file, length, block_id FROM blocks WHERE blob = ? ORDER BY block_id", [blob.id]
        )
        return [Piece(*row) for row in rows]

    def count_uncommitted(self, blob: Blob) -> tuple[int, int]:
        """How many blocks wait for a commit, and how long their ids are (0 without any)."""
        row = self._database.execute(
            "SELECT count(*), ifnull(max(length(block_id)), 0) FROM blocks WHERE blob = ?",
            [blob.id],
        ).fetchone()
        return row[0], row[1]

    def drop_stale_blocks(self, before: int) -> None:
        """Forget blocks that were staged before that time, and blobs that have nothing else."""
        with transaction(self._database):
            self._database.execute("DELETE FROM blocks WHERE staged < ?", [before])
            self._database.execute(
                "DELETE FROM blobs WHERE NOT committed AND id NOT IN (SELECT blob FROM blocks)"
            )

    def all_files(self) -> set[str]:
        """Give the names of all files that some row names."""
        rows = self._database.execute("SELECT file FROM pieces UNION SELECT file FROM blocks")
        return {row["file"] for row in rows}


def blob_of(row: sqlite3.Row) -> Blob:
    """Read a row."""
    return Blob(
        id=row["id"],
        name=row["name"].decode(),
        committed=bool(row["committed"]),
        etag=row["etag"],
        created=row["created"],
        modified=row["modified"],
        size=row["size"],
        properties=Properties(**json.loads(row["properties"])),
        metadata=json.loads(row["metadata"]),
        copy=Copy(**json.loads(row["copy"])) if row["copy"] else None,
        tier=row["tier"],
        tier_changed=row["tier_changed"],
        lease=read_lease(row["lease"]),
        appended=row["appended"],
    )


def _json(record: Properties | Copy) -> str:
    values = ((f.name, getattr(record, f.name)) for f in fields(record))
    return json.dumps({name: value for name, value in values if value is not None})
