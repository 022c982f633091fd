"""One blob becomes a file: in ranges at the same time, hashed as it's written."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from batchff.cloud.blob_requests import (
    BlobRequests,
    NoSuchRangeError,
    Passing,
    Target,
    persistently,
)
from batchff.cloud.errors import unreachable
from batchff.cloud.turns import REQUEST, BytesDone, Traffic, in_order
from batchff.errors import TransferError
from batchff.model import BlobInfo

RANGE = REQUEST
_RANGES_AT_A_TIME = 4

# What is read, hashed and written at a time: small enough to stay in the processor's cache.
_READ = 256 * 1024


class Buffers:
    """Memory for ranges, used again and again by any number of threads: fresh memory is slow."""

    def __init__(self) -> None:
        self._free: deque[bytearray] = deque()

    def take(self) -> bytearray:
        try:
            return self._free.pop()
        except IndexError:
            return bytearray(RANGE)

    def give_back(self, buffer: bytearray) -> None:
        self._free.append(buffer)


def fetch_file(
    target: Target,
    path: Path,
    size: int | None,
    requests: BlobRequests,
    traffic: Traffic,
    buffers: Buffers,
    bytes_done: BytesDone,
) -> BlobInfo:
    """Write a blob's bytes to a file; return what the answers said of the blob.

    `size` is what a listing said: with it all ranges are asked for at once. Raises TransferError
    where what came isn't what was stored.
    """
    with (
        path.open("wb") as file,
        traffic.file(RANGE if size is None else size) as rank,
    ):
        bytes_done(0)
        fetching = _Fetching(target, requests, traffic, buffers, rank, bytes_done)
        return fetching.write(file, size)


@dataclass(slots=True)
class _Range:
    """A part of a blob, and what its answer said of the whole."""

    info: BlobInfo
    etag: str
    buffer: bytearray
    length: int = 0


@dataclass(frozen=True, slots=True)
class _Fetching:
    """A blob on its way home."""

    target: Target
    requests: BlobRequests
    traffic: Traffic
    buffers: Buffers
    rank: int
    bytes_done: BytesDone

    def write(self, file: BinaryIO, size: int | None) -> BlobInfo:
        md5 = hashlib.md5(usedforsecurity=False)
        written = 0
        ranges = self._ranges(size)
        first = next(ranges)
        for found in chain([first], ranges):
            if found.etag != first.etag:
                raise self._not_whole("it changed meanwhile")
            data = memoryview(found.buffer)
            for start in range(0, found.length, _READ):
                piece = data[start : min(start + _READ, found.length)]
                md5.update(piece)
                file.write(piece)
            written += found.length
            self.buffers.give_back(found.buffer)
        info = first.info
        if written != info.size:
            raise self._not_whole(f"{written} of {info.size} bytes")
        if info.md5 is not None and info.md5 != md5.digest():
            raise self._not_whole("its MD5 isn't the stored one")
        return info

    def _ranges(self, size: int | None) -> Iterator[_Range]:
        """Yield the blob's ranges in order; without a size the first one says how many."""
        begun = 0
        if size is None or size <= RANGE:
            first = self._first(size)
            yield first
            begun, size = RANGE, first.info.size
        if size <= begun:
            return
        yield from in_order(
            (
                partial(self._range, start, min(RANGE, size - start))
                for start in range(begun, size, RANGE)
            ),
            _RANGES_AT_A_TIME,
            self.bytes_done,
        )

    def _first(self, size: int | None) -> _Range:
        if size != 0:
            try:
                return self._range(0, RANGE if size is None else size, self.bytes_done)
            except NoSuchRangeError:
                pass  # an empty blob has no range
        return self._range(None, 0, self.bytes_done)

    def _range(self, start: int | None, length: int, bytes_done: BytesDone) -> _Range:
        """Read a range, or with None all of an empty blob.

        What came of it stays when the connection breaks.
        """
        found: _Range | None = None

        def attempt() -> _Range:
            nonlocal found
            got = 0 if found is None else found.length
            headers = {} if found is None else {"If-Match": found.etag}
            if start is not None:
                headers["Range"] = f"bytes={start + got}-{start + RANGE - 1}"
            answer = self.requests.open(self.target, "GET", headers=headers)
            try:
                if found is None:
                    info = _info(self.target, answer)
                    found = _Range(info, answer.headers["ETag"], self.buffers.take())
                while data := answer.read(_READ):
                    end = found.length + len(data)
                    found.buffer[found.length : end] = data
                    found.length = end
                    bytes_done(len(data))
            except HTTPError as error:
                raise Passing(unreachable(str(error), self.target.doing)) from error
            finally:
                # Once read to its end it has given its connection back; before, nobody can use it.
                answer.close()
            return found

        with self.traffic.request(self.rank, length):
            return persistently(attempt, bytes_done)

    def _not_whole(self, problem: str) -> TransferError:
        return TransferError(
            f"{self.target.blob!r} did not arrive whole ({problem})",
            hint="give the command again: it brings what is missing",
        )


def _info(target: Target, answer: BaseHTTPResponse) -> BlobInfo:
    headers = answer.headers
    whole_size = headers.get("Content-Range", "").rpartition("/")[2] or headers["Content-Length"]
    # Content-MD5 of a part is the part's.
    whole_md5 = headers.get("x-ms-blob-content-md5") or (
        headers.get("Content-MD5") if answer.status == 200 else None
    )
    return BlobInfo(
        target.blob,
        int(whole_size),
        parsedate_to_datetime(headers["Last-Modified"]),
        b64decode(whole_md5) if whole_md5 else None,
    )
