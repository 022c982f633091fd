"""The files that hold blobs' bytes: one for each Put Blob or Put Block, named by a random id.

A file is written once, then never changed. Nothing but a row of the database makes it part of a
blob. Blobs can share files, after Copy Blob for example.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Protocol

from batchff.emulator.blob.store.records import Span

CHUNK = 512 * 1024
"""Bytes read or written at once. Less than this is handled on the event loop, as handing it to a
thread takes longer; more goes through threads, so that hashing holds up no other request."""

# Some file systems and sandboxes can't; nor can macOS, where Python has no such function.
_CANNOT_COPY = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EXDEV})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """A body that was written to a file; the MD5 digest is empty unless it was asked for."""

    name: str
    length: int
    md5: bytes


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


class Files:
    """The files of one folder. To be used from the event loop's thread only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="blob-files")
        self._readers: Counter[str] = Counter()
        self._doomed: set[str] = set()
        _keep_freed_buffers()

    async def receive(self, chunks: AsyncIterator[bytes], *, md5: bool) -> Received:
        """Write a body to a new file, which is removed again if the body doesn't arrive whole."""
        name = secrets.token_hex(16)
        digest = hashlib.md5(usedforsecurity=False) if md5 else None
        try:
            with (self._folder / name).open("xb", buffering=0) as file:
                length = await self._write_all(chunks, file, digest)
        except BaseException:
            self.discard([name])
            raise
        if not length:  # a blob without bytes has no file
            self.discard([name])
        return Received(name, length, digest.digest() if digest else b"")

    async def _write_all(
        self, chunks: AsyncIterator[bytes], file: BinaryIO, digest: _Digest | None
    ) -> int:
        """Write, and hash, in a thread while the next chunks arrive."""
        loop = asyncio.get_running_loop()
        length = 0
        batch: list[bytes] = []
        batched = 0
        writing: asyncio.Future[None] | None = None
        try:
            async for chunk in chunks:
                batch.append(chunk)
                batched += len(chunk)
                length += len(chunk)
                if batched >= CHUNK:
                    if writing:
                        await writing
                    writing = loop.run_in_executor(self._threads, _write, batch, file, digest)
                    batch, batched = [], 0
        finally:
            if writing:
                await asyncio.wait([writing])
        if writing:
            writing.result()
        _write(batch, file, digest)
        return length

    def read(self, spans: Sequence[Span]) -> bytes:
        """A few bytes, at once."""
        return b"".join(data for span in spans for data in self._read(span))

    async def stream(self, spans: Sequence[Span]) -> AsyncGenerator[bytes, None]:
        """Many bytes, chunk by chunk; no file that it needs is removed before it ends."""
        with self._held({span.file for span in spans}):
            for span in spans:
                for data in self._read(span):
                    yield data

    def _read(self, span: Span) -> Iterator[bytes]:
        with (self._folder / span.file).open("rb", buffering=0) as file:
            file.seek(span.start)
            left = span.end - span.start
            while left:
                data = file.read(min(CHUNK, left))
                if not data:
                    raise EOFError(f"{span.file} is shorter than its row says")
                left -= len(data)
                yield data

    async def copy(self, spans: Sequence[Span]) -> Received:
        """Write many bytes to a new file, as fast as the system copies them; they aren't hashed."""
        name = secrets.token_hex(16)
        loop = asyncio.get_running_loop()
        with self._held({span.file for span in spans}):
            copying = loop.run_in_executor(self._threads, _copy, self._folder, spans, name)
            try:
                length = await asyncio.shield(copying)
            except BaseException:
                await asyncio.wait([copying])
                self.discard([name])
                raise
        return Received(name, length, b"")

    @contextmanager
    def _held(self, names: set[str]) -> Iterator[None]:
        self._readers.update(names)
        try:
            yield
        finally:
            self._readers.subtract(names)
            freed = {name for name in names if not self._readers[name]}
            for name in freed:
                del self._readers[name]
            self.discard(freed & self._doomed)
            self._doomed -= freed

    def discard(self, names: Iterable[str]) -> None:
        """Remove files that no row names, once nobody reads them, without waiting for it."""
        gone = []
        for name in names:
            if self._readers[name]:
                self._doomed.add(name)
            else:
                gone.append(self._folder / name)
        if gone:
            self._threads.submit(_remove, gone)

    @contextmanager
    def provisional(self, received: Received) -> Iterator[None]:
        """Discard the file if the block raises, which means that no row names it."""
        try:
            yield
        except BaseException:
            self.discard([received.name])
            raise

    def sweep(self, keep: set[str]) -> None:
        """Remove what an earlier, killed process left behind."""
        _remove([path for path in self._folder.iterdir() if path.name not in keep])

    def close(self) -> None:
        """Wait for the deletions in progress."""
        self._threads.shutdown()


def _keep_freed_buffers() -> None:
    """Free one large block, after which glibc keeps freed memory of up to twice that size.

    Otherwise it gives each buffer of a body back to the system, and the page faults of the next
    one cost more than all else that is done with it: 1 GiB took half as long again.
    """
    bytearray(31 * 1024 * 1024)


def _write(batch: list[bytes], file: BinaryIO, digest: _Digest | None) -> None:
    for chunk in batch:
        if digest:
            digest.update(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[file.write(rest) :]


def _copy(folder: Path, spans: Sequence[Span], name: str) -> int:
    """Write spans to a new file; return their length."""
    length = 0
    with (folder / name).open("xb", buffering=0) as target:
        for span in spans:
            with (folder / span.file).open("rb", buffering=0) as source:
                source.seek(span.start)
                _copy_some(source, target, span.end - span.start)
            length += span.end - span.start
    return length


def _copy_some(source: FileIO, target: FileIO, left: int) -> None:
    while left:
        done = _copy_once(source, target, left)
        if not done:
            raise EOFError("a file is shorter than its row says")
        left -= done


def _copy_once(source: FileIO, target: FileIO, most: int) -> int:
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source.fileno(), target.fileno(), most)
        except OSError as error:
            if error.errno not in _CANNOT_COPY:
                raise
    data = source.read(min(CHUNK, most))
    _write([data], target, None)
    return len(data)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            _log.exception("Could not remove %s; the next start will", path)
