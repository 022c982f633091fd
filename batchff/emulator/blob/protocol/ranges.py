"""Byte ranges of Get Blob, after "Specifying the range header for Blob service operations"."""

from __future__ import annotations

import re

from batchff.emulator.blob.protocol.errors import INVALID_RANGE, StorageError, invalid_header
from batchff.emulator.blob.protocol.request import Request
from batchff.emulator.blob.store.records import ByteRange

_RANGE = re.compile(r"bytes=([0-9]{1,19})-([0-9]{1,19})?")


def requested_range(request: Request, size: int) -> ByteRange | None:
    """The range that a request asks of a blob of this size, or None for all of it.

    `x-ms-range` wins over `Range`. Ranges of several parts and suffix ranges are malformed here.
    """
    return range_of_header(
        request, "x-ms-range" if "x-ms-range" in request.headers else "range", size
    )


def range_of_header(request: Request, name: str, size: int) -> ByteRange | None:
    """The range that a header asks of a blob of this size, or None without the header."""
    text = request.headers.get(name)
    if text is None:
        return None
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise invalid_header(name, text)
    start = int(match[1])
    end = min(int(match[2]) + 1, size) if match[2] else size
    if match[2] and int(match[2]) < start:
        raise invalid_header(name, text)
    if start >= size:
        raise StorageError(INVALID_RANGE, headers={"content-range": f"bytes */{size}"})
    return ByteRange(start, end)
