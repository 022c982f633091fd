"""Few parts of many: what is small is read and sent, and not copied by the server."""

from __future__ import annotations

from collections.abc import Iterable

from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.reading import Pieces
from batchff.model.byte_ranges import ByteRange, Part

_MOST_RANGES = 10_000
"""A blob can have 50,000 blocks."""

_SMALL = 64 * 1024
_MOST_SENT = 1024 * 1024 * 1024


def sent_if_small(parts: Iterable[Part], read: Read, size: int) -> tuple[Part, ...]:
    """Return the parts of a file; where there are too many, the small ranges are bytes of ours.

    Raises CannotCut where these would be too many bytes.
    """
    all_ = tuple(parts)
    if sum(isinstance(part, ByteRange) for part in all_) <= _MOST_RANGES:
        return all_
    made: list[Part] = []
    literal = bytearray()
    sent = 0
    pieces = Pieces(read, size)
    for part in all_:
        if isinstance(part, ByteRange) and part.size > _SMALL:
            made += [bytes(literal), part] if literal else [part]
            literal = bytearray()
            continue
        content = pieces.bytes_at(part.start, part.size) if isinstance(part, ByteRange) else part
        literal += content
        sent += len(content)
        if sent > _MOST_SENT:
            raise CannotCut("its other streams are in too many pieces")
    return (*made, bytes(literal))
