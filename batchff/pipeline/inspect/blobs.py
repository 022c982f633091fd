"""Look into media in storage: only the parts that a look needs are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.files import BlobSource
from batchff.model.inspection import Inspected, NotMedia
from batchff.model.paths import split_suffix
from batchff.pipeline.inspect.progress import Progress
from batchff.pipeline.parallel import Failed, StopFlag, in_parallel

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def inspect_blobs(
    sources: Sequence[BlobSource],
    *,
    container: str,
    storage: Storage,
    inspectors: Inspectors,
    reporter: Reporter,
) -> list[tuple[BlobSource, Inspected]]:
    """Return each blob with what is in it, in order; one that can't be read has the reason."""
    progress = Progress(len(sources), reporter)
    found: dict[str, Inspected] = {}

    def look(source: BlobSource, stop: StopFlag) -> Inspected:
        def read(start: int, length: int) -> bytes:
            stop.check()
            piece = storage.read_piece(container, source.blob, start, length)
            if piece is None:
                raise NotFoundError(f"blob {source.blob!r} is gone", hint="look again")
            return piece

        if not source.size:
            return NotMedia("it's empty (0 bytes)")
        return inspectors.inspect_blob(source.size, split_suffix(source.blob)[1], read)

    for outcome in in_parallel(look, sources):
        inspected: Inspected
        if isinstance(outcome, Failed):
            inspected = NotMedia(outcome.error.message)
        else:
            inspected = outcome.result
        found[outcome.item.blob] = inspected
        progress.advance(outcome.item.relative, inspected)
    progress.end()
    return [(source, found[source.blob]) for source in sources]
