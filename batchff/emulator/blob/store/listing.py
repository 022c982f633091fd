"""Listings of blobs, a page at a time, with virtual folders."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from batchff.emulator.blob.store.blobs import blob_of
from batchff.emulator.blob.store.records import Blob, Container


@dataclass(frozen=True, slots=True)
class Query:
    """What to list: blobs below `prefix`, from the name `start` (UTF-8) on.

    With a delimiter, blobs whose name has it after the prefix are listed as one folder.
    """

    prefix: str
    delimiter: str
    start: bytes
    limit: int
    uncommitted: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Blobs and names of folders in order, and where the next page starts, if there is one."""

    entries: list[Blob | str]
    next_start: bytes | None


class Listings:
    """Lists blobs in the order of their names' bytes."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def page(self, container: Container, query: Query) -> Page:
        """At most `query.limit` blobs and folders."""
        found = self._entries(container, query)
        entries = [entry for _, entry in islice(found, query.limit)]
        beyond = next(found, None)
        return Page(entries, beyond[0] if beyond else None)

    def _entries(self, container: Container, query: Query) -> Iterator[tuple[bytes, Blob | str]]:
        """Each entry with the name that a listing which starts there must start from.

        A folder costs one row: the search then continues after all blobs in it.
        """
        prefix, delimiter = query.prefix.encode(), query.delimiter.encode()
        start: bytes | None = max(prefix, query.start)
        while start is not None:
            for row in self._rows(container, prefix, start, query.uncommitted):
                name: bytes = row["name"]
                cut = name.find(delimiter, len(prefix)) if delimiter else -1
                if cut >= 0:
                    folder = name[: cut + len(delimiter)]
                    yield name, folder.decode()
                    start = _behind(folder)
                    break
                yield name, blob_of(row)
            else:
                return

    def _rows(
        self, container: Container, prefix: bytes, start: bytes, uncommitted: bool
    ) -> Iterator[sqlite3.Row]:
        end = _behind(prefix)
        return self._database.execute(
            "SELECT * FROM blobs WHERE container = :container AND name >= :start"
            + (" AND name < :end" if end else "")
            + ("" if uncommitted else " AND committed")
            + " ORDER BY name",
            {"container": container.id, "start": start, "end": end},
        )


def _behind(prefix: bytes) -> bytes | None:
    """The first name after all those that start with a prefix, or None if there can't be one.

    The last byte of UTF-8 is never 255, so that one more than it is a byte too.
    """
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else None
