"""Look into files of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.files import Source
from batchff.model.inspection import Inspected
from batchff.pipeline.inspect.progress import Progress

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def inspect_sources(
    sources: Sequence[Source], inspectors: Inspectors, reporter: Reporter
) -> Iterator[tuple[Source, Inspected]]:
    """Yield each file with what is in it, in order."""
    progress = Progress(len(sources), reporter)
    looked = inspectors.inspect_all(source.path for source in sources)
    for source, inspected in zip(sources, looked, strict=True):
        progress.advance(source.relative, inspected)
        yield source, inspected
    progress.end()
