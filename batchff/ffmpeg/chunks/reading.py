"""Reads a file in pieces, as a walk over it needs them."""

from __future__ import annotations

from dataclasses import dataclass, field

from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut

PIECE = 256 * 1024


@dataclass(slots=True)
class Pieces:
    """A file that is read in pieces, of which it keeps the last.

    With `most`, it gives up with CannotCut where more bytes would have to be read.
    """

    read: Read
    size: int
    most: int | None = None
    base: int = 0
    held: bytes = b""
    done: int = field(default=0)

    def see(self, offset: int, length: int) -> int:
        """Return where in `held` an offset is; so many bytes follow it there, fewer at the end."""
        at = offset - self.base
        if at >= 0 and at + length <= len(self.held):
            return at
        if self.base <= offset and self.base + len(self.held) >= self.size:
            return min(at, len(self.held))
        self.held = self._read(offset, max(length, PIECE))
        self.base = offset
        return 0

    def bytes_at(self, offset: int, length: int) -> bytes:
        """Return so many bytes; raise CannotCut where the file has fewer."""
        if offset + length > self.size:
            raise CannotCut("the file is cut off")
        at = self.see(offset, length)
        return self.held[at : at + length]

    def _read(self, offset: int, length: int) -> bytes:
        length = max(min(length, self.size - offset), 0)
        self.done += length
        if self.most is not None and self.done > self.most:
            raise CannotCut("too much of it would have to be read to know where it can be cut")
        content = self.read(offset, length) if length else b""
        if len(content) != length:
            raise CannotCut("the file is cut off")
        return content
