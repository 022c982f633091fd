"""Download one blob: it's hashed as it's written; a large one comes in several ranges at once."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import FileIO

from batchff.cloud.blob.bandwidth import LARGE_FILE, REQUEST, BytesDone, Traffic, in_order
from batchff.cloud.blob.read import answered_info
from batchff.cloud.blob.requests import (
    BlobRequests,
    NoSuchRangeError,
    Passing,
    Target,
    passing_failures,
)
from batchff.cloud.http.retry_policies import BLOB_TRANSFER
from batchff.errors import TransferError
from batchff.model.files import BlobInfo

_MIB = 1024 * 1024

STREAMED = 32 * _MIB
"""Up to this size a blob comes in one request, straight to its file; what is more in ranges."""
_STREAM = LARGE_FILE // 2

RANGE = REQUEST
_RANGES_AT_A_TIME = 4

# How much is read and hashed at a time: it fits into a processor's cache, and is enough that
# threads take turns seldom.
_PIECE = _MIB
# Linux has memory ready for small writes; for a large one it must find some first.
_WRITE = 32 * 1024


class Buffers:
    """Memory in one size, used again and again by any number of threads: fresh memory is slow."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free: deque[bytearray] = deque()

    def take(self) -> bytearray:
        """Return a buffer, to be given back."""
        try:
            return self._free.pop()
        except IndexError:
            return bytearray(self._size)

    def give_back(self, buffer: bytearray) -> None:
        """Let others use a buffer again."""
        self._free.append(buffer)

    @contextmanager
    def one(self) -> Iterator[bytearray]:
        """Lend a buffer for as long as the context lasts."""
        buffer = self.take()
        try:
            yield buffer
        finally:
            self.give_back(buffer)


class Memory:
    """The buffers that all downloads share."""

    def __init__(self) -> None:
        self.pieces = Buffers(_PIECE)
        self.ranges = Buffers(RANGE)


def fetch_file(
    target: Target,
    file: FileIO,
    size: int | None,
    requests: BlobRequests,
    traffic: Traffic,
    memory: Memory,
    bytes_done: BytesDone,
) -> BlobInfo:
    """Write a blob's bytes to an empty file; return what the answers said of the blob.

    `size` is what a listing said: with it all ranges are asked for at once. Raises TransferError
    where the file doesn't hold what was stored.
    """
    known = STREAMED if size is None else size
    with traffic.file(min(known, _STREAM) if known <= STREAMED else LARGE_FILE) as rank:
        bytes_done(0)
        fetching = _Fetching(target, requests, traffic, memory, rank, bytes_done)
        return fetching.write(_Output(file), size)


class _Output:
    """A file that is written from its beginning to its end, and hashed."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.length = 0

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    def size_on_disk(self) -> int:
        """Return the file's own size: another program may have cut it, or written to it."""
        return os.fstat(self._file.fileno()).st_size

    def write(self, data: memoryview) -> None:
        self._md5.update(data)
        for start in range(0, len(data), _WRITE):
            piece = data[start : start + _WRITE]
            while piece:  # a disk that fills up takes a part before it refuses
                piece = piece[self._file.write(piece) :]
        self.length += len(data)


@dataclass(frozen=True, slots=True)
class _Range:
    """A part of a blob, in memory that is to be given back, and what its answer said of all."""

    whole: BlobInfo
    buffer: bytearray
    length: int


@dataclass(frozen=True, slots=True)
class _Fetching:
    """The download of one blob."""

    target: Target
    requests: BlobRequests
    traffic: Traffic
    memory: Memory
    rank: int
    bytes_done: BytesDone

    def write(self, output: _Output, size: int | None) -> BlobInfo:
        whole = None
        if size is None or size <= STREAMED:
            whole = self._stream(output, size)
            size = whole.size
        for part in self._ranges(output.length, size):
            if part.whole.etag != (whole := whole or part.whole).etag:
                raise self._not_whole("it changed meanwhile")
            data = memoryview(part.buffer)[: part.length]
            for start in range(0, part.length, _PIECE):
                output.write(data[start : start + _PIECE])
            self.memory.ranges.give_back(part.buffer)
        assert whole is not None
        if output.length != whole.size:
            raise self._not_whole(f"{output.length} of {whole.size} bytes")
        if whole.md5 is not None and whole.md5 != output.md5:
            raise self._not_whole("its MD5 isn't the stored one")
        if (found := output.size_on_disk()) != whole.size:
            raise self._not_whole(f"another program changed its file to {found} bytes")
        return whole

    def _stream(self, output: _Output, size: int | None) -> BlobInfo:
        """Write a blob's first bytes as they come; a small blob is complete with them."""
        with self.memory.pieces.one() as buffer:
            piece = memoryview(buffer)

            def room(_got: int) -> memoryview:
                return piece

            def took(count: int) -> None:
                output.write(piece[:count])

            if size != 0:
                try:
                    return self._read(0, size or STREAMED, STREAMED, room, took, self.bytes_done)
                except NoSuchRangeError:
                    pass  # an empty blob has no range
            return self._read(None, 0, 0, room, took, self.bytes_done)

    def _ranges(self, begun: int, size: int) -> Iterator[_Range]:
        """Yield the rest of a blob, in ranges and in order."""
        if begun >= size:
            return
        yield from in_order(
            (
                partial(self._range, start, min(RANGE, size - start))
                for start in range(begun, size, RANGE)
            ),
            _RANGES_AT_A_TIME,
            self.bytes_done,
        )

    def _range(self, start: int, length: int, bytes_done: BytesDone) -> _Range:
        buffer = self.memory.ranges.take()
        free = memoryview(buffer)
        got = 0

        def room(got: int) -> memoryview:
            return free[got : got + _PIECE]

        def took(count: int) -> None:
            nonlocal got
            got += count

        whole = self._read(start, length, RANGE, room, took, bytes_done)
        return _Range(whole, buffer, got)

    def _read(
        self,
        start: int | None,
        length: int,
        most: int,
        room: Callable[[int], memoryview],
        took: Callable[[int], None],
        bytes_done: BytesDone,
    ) -> BlobInfo:
        """Read a blob from `start` on; None is for an empty blob.

        Ask for up to `most` bytes, expecting `length`. `room(got)` is the buffer for the next
        bytes; `took(n)` is called after each piece. After a broken connection, go on with the
        bytes that are missing.
        """
        whole: BlobInfo | None = None
        got = 0

        def attempt() -> BlobInfo:
            nonlocal whole, got
            headers = {} if whole is None else {"If-Match": f'"{whole.etag}"'}
            if start is not None:
                headers["Range"] = f"bytes={start + got}-{start + most - 1}"
            answer = self.requests.open(self.target, "GET", headers=headers)
            before = got
            try:
                whole = whole or answered_info(self.target, answer)
                while got < most:
                    with passing_failures(self.target.doing):
                        count = answer.read_into(room(got))
                    if not count:
                        break
                    got += count
                    took(count)
                    bytes_done(count)
            except Passing as failure:
                failure.moved = got > before
                raise
            finally:
                # Read to its end, an answer has given its connection back. This one may not be.
                answer.close()
            return whole

        with self.traffic.request(self.rank, min(length, REQUEST)):
            return self.requests.persistently(attempt, bytes_done, BLOB_TRANSFER)

    def _not_whole(self, problem: str) -> TransferError:
        return TransferError(
            f"{self.target.blob!r} did not arrive whole ({problem})",
            hint="give the command again: it downloads what is missing",
        )
