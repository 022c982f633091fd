"""Directories to delete: moved aside at once, then deleted in the background."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from pathlib import Path

_LOG = logging.getLogger(__name__)

_PREFIX = ".removed-"


class Trash:
    """Moves directories aside in one step, so that their names can be used again, and deletes them.

    What a deletion leaves, because the service was killed, goes with the next start.
    """

    def __init__(self, nodes: Path) -> None:
        self._nodes = nodes
        self._deletions: set[asyncio.Future[None]] = set()

    def start(self) -> None:
        """Delete what an earlier run of the service left."""
        for left in self._nodes.glob(f"{_PREFIX}*"):
            self._delete(left)

    def discard(self, directory: Path) -> None:
        """Make a directory below the nodes' folder vanish; one that isn't there is no matter."""
        aside = self._nodes / f"{_PREFIX}{secrets.token_hex(8)}"
        try:
            directory.rename(aside)
        except FileNotFoundError:
            return
        self._delete(aside)

    async def stop(self) -> None:
        """Wait for the deletions in progress."""
        await asyncio.gather(*self._deletions)

    def _delete(self, directory: Path) -> None:
        deletion = asyncio.ensure_future(asyncio.to_thread(_remove_tree, directory))
        self._deletions.add(deletion)
        deletion.add_done_callback(self._deletions.discard)


def _remove_tree(directory: Path) -> None:
    try:
        shutil.rmtree(directory)
    except (OSError, RecursionError) as error:
        _LOG.warning("%s could not be deleted: %r", directory, error)
