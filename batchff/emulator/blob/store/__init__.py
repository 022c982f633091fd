"""What the service keeps: rows in one SQLite database, bytes in files.

A write is acknowledged only after its transaction has ended, and its bytes are in their file
before that: a process killed at any moment loses nothing that it had acknowledged. Files that no
row names, left by such an end, are removed at the next start.
"""

from __future__ import annotations

from batchff.emulator.blob.store.blobs import Blobs
from batchff.emulator.blob.store.containers import Containers
from batchff.emulator.blob.store.database import connect
from batchff.emulator.blob.store.files import Files
from batchff.emulator.blob.store.listing import Listings
from batchff.emulator.root import Root

UNCOMMITTED_LIFETIME = 7 * 24 * 3600
"""Seconds after which blocks that were never committed are dropped ("Put Block")."""


class Store:
    """Containers and blobs of one root. Not for several threads: use it from the event loop's."""

    def __init__(self, root: Root, now: int) -> None:
        self._database = connect(root.blob_db)
        self.files = Files(root.blobs)
        self.containers = Containers(self._database, self.files)
        self.blobs = Blobs(self._database, self.files)
        self.listings = Listings(self._database)
        self.containers.reap_all()
        self.blobs.drop_stale_blocks(before=now - UNCOMMITTED_LIFETIME)
        self.files.sweep(keep=self.blobs.all_files())

    def close(self) -> None:
        """Finish removing files that are no longer needed, and let the database go."""
        self.files.close()
        self._database.close()
