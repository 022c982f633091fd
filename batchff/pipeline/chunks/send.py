"""Put what chunks are encoded from into storage, once their source is there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchff.cloud.storage import Storage
from batchff.errors import InputError
from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut, Film, Splice
from batchff.model.blob_facts import BlobFacts
from batchff.model.byte_ranges import ByteRange
from batchff.model.items import Item, ItemTask
from batchff.pipeline.chunks.names import chunks_prefix, source_blob, sources_prefix
from batchff.pipeline.chunks.open import Opener, film_of
from batchff.pipeline.chunks.plan import cut_time
from batchff.pipeline.job.graph import encodes_for, joins_chunks, joins_film
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.parallel import Failed, StopFlag, in_parallel


@dataclass(frozen=True, slots=True)
class _Blob:
    """A blob to put together, and of what."""

    name: str
    splice: Splice


def send_sources(
    item: Item,
    plan: JobPlan,
    container: str,
    open_source: Opener,
    storage: Storage,
    stop: StopFlag,
) -> None:
    """Put what the chunks of an item are encoded from into storage, but for what is there.

    `container` has the item's source, whose `content` is known. Raises InputError where that can't
    be cut any more as it was planned, and as transfers do.
    """
    joins = [task for task in item.tasks if joins_film(task)]
    for join in joins:
        prefix = chunks_prefix(plan.folder, join.id)
        listed = storage.list_blobs(plan.output_container, sources_prefix(prefix))
        there = {blob.name: blob.size for blob in listed}
        try:
            _send(item, join, plan, container, open_source, storage, stop, there)
        except CannotCut as error:
            raise InputError(
                f"{item.relative!r} can't be cut any more as job {plan.job!r} was planned: {error}",
                hint="give the command again with another --job, or with --chunk off",
            ) from error


def has_parts(item: Item, done: Collection[str], plan: JobPlan, storage: Storage) -> bool:
    """Return whether what is to be joined can be made: of an item as it is, with its tasks `done`.

    What its chunks are encoded from is there, of this source; and what was made of these already.
    """
    return all(
        _has_parts(item, join, done, plan, storage)
        for join in item.tasks
        if joins_film(join) and join.id not in done
    )


def _has_parts(
    item: Item, join: ItemTask, done: Collection[str], plan: JobPlan, storage: Storage
) -> bool:
    prefix = chunks_prefix(plan.folder, join.id)
    blobs = list(storage.list_blobs(plan.output_container, prefix, metadata=True))
    sources = [blob for blob in blobs if blob.name.startswith(sources_prefix(prefix))]
    if len(sources) < len(encodes_for(item, join)):
        return False
    if any(blob.batchff is None or blob.batchff.made != item.content for blob in sources):
        return False
    there = {blob.name for blob in blobs}
    joins = (each for each in item.tasks if joins_chunks(each) and each.id not in done)
    needed = {id_ for each in joins for id_ in each.depends_on if id_ in done}
    works = (task.work for task in item.tasks if task.id in needed and task.work)
    made = {file.blob for work in works for file in work.sends if "*" not in file.name}
    return {name for name in made if name.startswith(prefix)} <= there


def _send(
    item: Item,
    join: ItemTask,
    plan: JobPlan,
    container: str,
    open_source: Opener,
    storage: Storage,
    stop: StopFlag,
    there: dict[str, int],
) -> None:
    prefix = chunks_prefix(plan.folder, join.id)
    metadata = BlobFacts(plan.folder, made=item.content).metadata()
    with open_source(item) as source, tempfile.TemporaryDirectory(prefix="batchff-") as folder:
        film = film_of(source, item.relative, plan.recipes[join.recipe])
        rest, chunks = film.rest(), _splices(item, join, film)
        wanted = [_Blob(source_blob(prefix, at), splice) for at, splice in enumerate(chunks)]
        missing = [each for each in wanted if there.get(each.name) != each.splice.size]

        def put(blob: _Blob, stop: StopFlag) -> None:
            stop.check()
            of = (container, item.input_blob)
            parts = blob.splice.parts
            storage.compose(plan.output_container, blob.name, of, parts, metadata)

        # The sound is one long task: it comes first.
        name = source_blob(prefix, None)
        if there.get(name) != rest.size:
            if source.path is None:
                put(_Blob(name, rest), stop)
            else:
                # It lies in thousands of small parts, each of which would be a request.
                path = _written(rest, source.read, Path(folder, "rest"), stop.check)
                storage.upload_file(
                    plan.output_container,
                    name,
                    path,
                    metadata=metadata,
                    bytes_done=lambda _: stop.check(),
                )
        for outcome in in_parallel(put, missing, stop=stop):
            if isinstance(outcome, Failed):
                raise outcome.error


def _splices(item: Item, join: ItemTask, film: Film) -> list[Splice]:
    """Return the chunks' files as the job's plan has them."""
    chunks = [task for task in encodes_for(item, join) if _is_chunk(task)]
    keys = {cut_time(film, at): at for at in range(len(film.keys))}
    begins = [0, *(keys.get(task.cut.start, -1) for task in chunks[1:] if task.cut.start)]
    if len(begins) != len(chunks) or -1 in begins:
        raise CannotCut("it has other pictures now")
    return [
        film.chunk(begin, after) for begin, after in zip(begins, [*begins[1:], None], strict=True)
    ]


def _is_chunk(task: ItemTask) -> bool:
    return task.cut.start is not None or task.cut.end is not None


def _written(splice: Splice, read: Read, path: Path, check: Callable[[], None]) -> Path:
    with path.open("wb") as file:
        for part in splice.parts:
            if isinstance(part, bytes):
                file.write(part)
                continue
            for piece in _pieces(part):
                check()
                file.write(read(piece.start, piece.size))
    return path


def _pieces(part: ByteRange, most: int = 8 * 1024 * 1024) -> Sequence[ByteRange]:
    starts = range(part.start, part.end, most)
    return [ByteRange(start, min(start + most, part.end)) for start in starts]
