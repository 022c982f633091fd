"""A file that libav reads: in blocks, from anywhere, and no more of it than is allowed."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable

ReadAt = Callable[[int, int], bytes]
"""Returns so many bytes from a place on; fewer only where the file ends."""

BLOCK = 256 * 1024
_BLOCKS_KEPT = 8


class BlockFile:
    """A file-like object of a known size; few large reads serve libav's many small ones.

    `fetched` counts the bytes that were read. Once that is `limit`, the file seems to end, and
    `is_spent` says so. `name` is what libav sees as its name.
    """

    def __init__(self, size: int, read_at: ReadAt, suffix: str = "") -> None:
        self.size = size
        self.name = f"source{suffix}"
        self.fetched = 0
        self.limit = size + BLOCK
        self.is_spent = False
        self._read_at = read_at
        self._place = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def read(self, length: int = -1) -> bytes:
        """Return the next bytes, as many as the block has; empty at the end."""
        if length < 0:
            length = self.size
        number, offset = divmod(self._place, BLOCK)
        piece = self._block(number)[offset : offset + length]
        self._place += len(piece)
        return piece

    def head(self, length: int, start: int = 0) -> bytes:
        """Return so many bytes from a place on, fewer at the end; the place of `read` stays."""
        place, parts = self._place, []
        self._place = start
        while length > 0 and (piece := self.read(length)):
            parts.append(piece)
            length -= len(piece)
        self._place = place
        return b"".join(parts)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, and return it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("a place before the file's start")
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._place

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        start = number * BLOCK
        if start >= self.size:
            return b""
        if self.fetched >= self.limit:
            self.is_spent = True
            return b""
        data = self._read_at(start, min(BLOCK, self.size - start))
        self.fetched += len(data)
        self._blocks[number] = data
        if len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return data
