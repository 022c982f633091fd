"""Look into the files of a submit."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.files import BlobSource, Source
from batchff.model.inspection import Inspected
from batchff.model.paths import split_suffix

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def inspect_sources(sources: Sequence[Source], reporter: Reporter) -> list[Inspected]:
    """Return what is in files of this machine, in their order."""
    with Inspectors() as inspectors:
        return list(inspectors.inspect_all(source.path for source in sources))


def inspect_blobs(
    sources: Sequence[BlobSource], container: str, storage: Storage, reporter: Reporter
) -> list[Inspected]:
    """Return what is in blobs, in their order; parts of them are read."""

    def look(source: BlobSource) -> Inspected:
        def read(start: int, length: int) -> bytes:
            return storage.read_piece(container, source.blob, start, length) or b""

        return inspectors.inspect_blob(source.size, split_suffix(source.relative)[1], read)

    with Inspectors() as inspectors, ThreadPoolExecutor(8) as threads:
        return list(threads.map(look, sources))
