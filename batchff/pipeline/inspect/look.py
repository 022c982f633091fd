"""Look into files and blobs, with processes that end when all are looked into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.files import BlobSource, Source
from batchff.model.inspection import Inspected
from batchff.pipeline.inspect.blobs import inspect_blobs
from batchff.pipeline.inspect.local import inspect_sources

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def look_into_files(
    sources: Sequence[Source], reporter: Reporter
) -> Iterator[tuple[Source, Inspected]]:
    """Yield each file of this machine with what is in it, in order."""
    with Inspectors() as inspectors:
        yield from inspect_sources(sources, inspectors, reporter)


def look_into_blobs(
    sources: Sequence[BlobSource], container: str, storage: Storage, reporter: Reporter
) -> list[tuple[BlobSource, Inspected]]:
    """Return each blob with what is in it, in order; one that can't be read has the reason."""
    with Inspectors() as inspectors:
        return inspect_blobs(
            sources,
            container=container,
            storage=storage,
            inspectors=inspectors,
            reporter=reporter,
        )
