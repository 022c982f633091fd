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
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.model.items import Item
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.sources import FoundMedia

_AT_ONCE = 256 * 1024
"""So much is read of a blob at least: each read is a request."""
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


def most_read(source: OpenSource) -> int | None:
    """Return how many bytes of a source may be read to find its pictures; None for any number."""
    return None if source.path is not None else _MOST_OF_A_BLOB


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
    try:
        yield OpenSource(_BlobReader(container, item.input_blob, item.size, storage), item.size)
    except BatchffError as error:
        raise CannotCut(f"it can't be read ({error.message})") from error


class _BlobReader:
    """Reads a blob, and keeps the last piece that it read."""

    def __init__(self, container: str, blob: str, size: int, storage: Storage) -> None:
        self._container = container
        self._blob = blob
        self._size = size
        self._storage = storage
        self._start = 0
        self._piece = b""

    def __call__(self, start: int, length: int) -> bytes:
        length = max(min(length, self._size - start), 0)
        if not (self._start <= start and start + length <= self._start + len(self._piece)):
            self._start = start
            wanted = min(max(length, _AT_ONCE), self._size - start)
            self._piece = (
                self._storage.read_piece(self._container, self._blob, start, wanted) or b""
            )
        at = start - self._start
        return self._piece[at : at + length]


@contextmanager
def _elsewhere(item: Item) -> Iterator[OpenSource]:
    raise CannotCut(f"{item.relative!r} is in another account")
    yield OpenSource(lambda start, length: b"", 0)
