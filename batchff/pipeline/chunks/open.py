"""Open the sources of items, to see where their films can be cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut, Film
from batchff.ffmpeg.chunks.open import open_film
from batchff.ffmpeg.chunks.reading import Pieces
from batchff.ffmpeg.chunks.recipes import film_in, streams_in
from batchff.model.items import Item
from batchff.model.paths import split_suffix
from batchff.model.recipes import Recipe
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.sources import FoundMedia

_MOST_OF_A_BLOB = 1024 * 1024 * 1024
"""Of a blob that has no index, no more is read to find its pictures."""


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source that parts can be read of; a file of this machine has its `path`."""

    read: Read
    size: int
    path: Path | None = None


Opener = Callable[[Item], AbstractContextManager[OpenSource]]
"""Opens an item's source; raises CannotCut where it can't be read here."""


def film_of(
    source: OpenSource, name: str, recipe: Recipe | None, number: int | None = None
) -> Film:
    """Return the film of a source that a recipe encodes.

    It's the stream of this `number` where no recipe says which one it is. Raises CannotCut where it
    can't be cut exactly, or can't be made in chunks.
    """
    used = None
    if recipe is not None:
        found = film_in(recipe)
        number = number if found is None else found
        used = streams_in(recipe)
    most = None if source.path is not None else _MOST_OF_A_BLOB
    return open_film(source.read, source.size, split_suffix(name)[1], number, used, most)


def opener(found: FoundMedia | FoundBlobs, container: str, storage: Storage | None) -> Opener:
    """Return what opens the sources that were found: here, or in a container of the account."""
    if isinstance(found, FoundMedia):
        paths = {source.relative: source.path for source in found.sources}
        return lambda item: _local(item, paths)
    if found.place.endpoint or storage is None:
        return _elsewhere
    account, place = storage, found.place.container
    blobs = {source.relative: source.blob for source in found.sources}
    return lambda item: _blob(
        replace(item, input_blob=blobs.get(item.relative, item.input_blob)), place, account
    )


def blob_opener(container: str, storage: Storage) -> Opener:
    """Return what opens sources that are in a container of the account."""
    return lambda item: _blob(item, container, storage)


@contextmanager
def _local(item: Item, paths: Mapping[str, Path]) -> Iterator[OpenSource]:
    try:
        with paths[item.relative].open("rb", buffering=0) as file:
            yield OpenSource(_reader(file), item.size, paths[item.relative])
    except OSError as error:
        raise CannotCut(f"it can't be read ({error.strerror})") from error


def _reader(file: BinaryIO) -> Read:
    def read(start: int, length: int) -> bytes:
        file.seek(start)
        parts = []
        while length > 0 and (part := file.read(length)):
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    return read


@contextmanager
def _blob(item: Item, container: str, storage: Storage) -> Iterator[OpenSource]:
    def read(start: int, length: int) -> bytes:
        return storage.read_piece(container, item.input_blob, start, length) or b""

    # Each read is a request: it's of a piece at least, and the last one is kept.
    pieces = Pieces(read, item.size)

    def read_in_pieces(start: int, length: int) -> bytes:
        return pieces.bytes_at(start, max(min(length, item.size - start), 0))

    try:
        yield OpenSource(read_in_pieces, item.size)
    except BatchffError as error:
        raise CannotCut(f"it can't be read ({error.message})") from error


@contextmanager
def _elsewhere(item: Item) -> Iterator[OpenSource]:
    raise CannotCut(f"{item.relative!r} is in another account")
    yield OpenSource(lambda start, length: b"", 0)
