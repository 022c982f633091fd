"""Few parts of many: what is small is read and sent, and not copied by the server."""

from __future__ import annotations

from collections.abc import Iterable

from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut, Part
from batchff.model.byte_ranges import ByteRange

_MOST_RANGES = 10_000
"""A blob can have 50,000 blocks."""

_SMALL = 64 * 1024
_MOST_SENT = 1024 * 1024 * 1024


def sent_if_small(parts: Iterable[Part], read: Read) -> tuple[Part, ...]:
    """Return the parts of a file; where there are too many, the small ranges are bytes of ours.

    Raises CannotCut where these would be too many bytes.
    """
    all_ = tuple(parts)
    ranges = [each for each in all_ if isinstance(each, ByteRange)]
    if len(ranges) <= _MOST_RANGES:
        return all_
    if sum(each.size for each in ranges if each.size <= _SMALL) > _MOST_SENT:
        raise CannotCut("its other streams are in too many pieces")
    return tuple(
        read(each.start, each.size) if isinstance(each, ByteRange) and each.size <= _SMALL else each
        for each in all_
    )
