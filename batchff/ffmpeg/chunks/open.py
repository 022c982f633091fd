"""Opens a source to see where its film can be cut."""

from __future__ import annotations

from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut, Film
from batchff.ffmpeg.chunks.mp4 import open_mp4


def open_film(read: Read, size: int, suffix: str, number: int | None) -> Film:
    """Return the film of a source; `number` is its stream's, None for the only one.

    Raises CannotCut where it can't be cut exactly.
    """
    if read(4, 4) not in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        raise CannotCut("only MP4 and QuickTime files are cut")
    return open_mp4(read, size, number or 0)
