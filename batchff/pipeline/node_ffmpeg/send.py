"""Send the nodes' ffmpeg to storage, compressed, unless it's there."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, NotFoundError, ServiceError
from batchff.events.ffmpeg import FfmpegBytes, FfmpegSending, FfmpegSent
from batchff.model.blob_facts import BlobFacts
from batchff.pipeline.containers import ensure_container
from batchff.pipeline.node_ffmpeg.build import Build

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

# gzip is on every image. Of 164.7 MiB its level 6 leaves 64.9 and level 1 70.6, in three times the
# time; xz leaves 54.2 in seven times.
_LEVEL = 6
# Each piece is compressed by itself, several at a time: one after the other they are one file.
_PIECE = 4 << 20


def is_sent(blob: str, container: str, storage: Storage) -> bool:
    """Return whether storage has a blob."""
    try:
        storage.blob_info(container, blob)
    except NotFoundError:
        return False
    return True


def send(build: Build, container: str, storage: Storage, reporter: Reporter) -> None:
    """Send an ffmpeg for nodes, unless it's there. Several may do it at the same time.

    Raises NoBuild where it can't be had.
    """
    if is_sent(build.blob, container, storage):
        return
    program = build.program(reporter)
    reporter.report(FfmpegSending(build.version, container))
    with tempfile.TemporaryDirectory(prefix="batchff-") as folder:
        packed = Path(folder, build.blob)
        if compress(program, packed) != build.sha256:
            raise BatchffError(f"{program} changed while it was read", hint="try again")
        size = packed.stat().st_size

        def moved(count: int) -> None:
            if count:
                reporter.report(FfmpegBytes(count, size))

        ensure_container(container, storage, reporter)
        try:
            storage.upload_file(
                container, build.blob, packed, metadata=BlobFacts().metadata(), bytes_done=moved
            )
        except ServiceError:
            # Of two that send it in blocks, the first to end takes the other's blocks away.
            if not is_sent(build.blob, container, storage):
                raise
    reporter.report(FfmpegSent(build.version, container, build.blob, size))


def compress(source: Path, target: Path) -> str:
    """Write a file's content to another one, compressed by gzip; return its SHA-256."""
    digest = hashlib.sha256()
    threads = os.cpu_count() or 1
    with (
        source.open("rb") as read,
        target.open("wb") as written,
        ThreadPoolExecutor(threads) as pool,
    ):
        waiting: deque[Future[bytes]] = deque()
        for piece in _pieces(read):
            digest.update(piece)
            waiting.append(pool.submit(gzip.compress, piece, _LEVEL, mtime=0))
            if len(waiting) > 2 * threads:
                written.write(waiting.popleft().result())
        for packed in waiting:
            written.write(packed.result())
    return digest.hexdigest()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
