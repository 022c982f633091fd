"""Look into files while something else goes on with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from threading import Event

from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.files import Source
from batchff.pipeline.inspect.progress import problem_of
from batchff.pipeline.inspect.stored import InspectionsFile


@dataclass(frozen=True, slots=True)
class Looked:
    """What looks into files said: a blob's `content`, and the files with problems."""

    content: bytes
    problems: tuple[tuple[str, str], ...]


@contextmanager
def look_meanwhile(sources: Sequence[Source]) -> Iterator[Future[Looked]]:
    """Look into files while a block goes on; what they hold is the yielded future's result.

    The block must wait for that: at its end, no more files are looked into.
    """
    stop = Event()
    with Inspectors() as inspectors, ThreadPoolExecutor(1, "batchff-look") as thread:
        try:
            yield thread.submit(_look, sources, inspectors, stop)
        finally:
            stop.set()


def _look(sources: Sequence[Source], inspectors: Inspectors, stop: Event) -> Looked:
    kept = InspectionsFile()
    paths = (source.path for source in takewhile(lambda _: not stop.is_set(), sources))
    looked = inspectors.inspect_all(paths)
    problems = [
        (source.relative, problem)
        for source, inspected in kept.pass_on(zip(sources, looked, strict=False))
        if (problem := problem_of(inspected))
    ]
    return Looked(kept.content(), tuple(problems))
