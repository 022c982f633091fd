"""Keep what a look into files said beside the inputs, so that a later job needs no look.

A blob for each upload: `<set>/.inspected/<digest>.jsonl.gz`, a line of JSON for each file. Text
that a file says of itself is in here, and nowhere in metadata.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from batchff.cloud.storage import Storage
from batchff.model.blob_facts import BlobFacts
from batchff.model.files import BlobInfo, Source
from batchff.model.inspection import Inspected, NotMedia, inspected_json, read_inspected
from batchff.pipeline.names import inspections_prefix

_VERSION = 1
# Of a hundred thousand files it's some 10 MB.
_LONGEST = 256 * 1024 * 1024


class Version(NamedTuple):
    """A file as it was looked into: its path in the input set, its size, its modification time."""

    relative: str
    size: int
    modified_ns: int


class InspectionsFile:
    """Collects what looks into files said; `content` is the blob's."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._lines = gzip.GzipFile(fileobj=self._bytes, mode="wb", compresslevel=3, mtime=0)
        self._lines.write(json.dumps({"v": _VERSION}).encode() + b"\n")
        self._files = 0

    def pass_on(
        self, looked: Iterable[tuple[Source, Inspected]]
    ) -> Iterator[tuple[Source, Inspected]]:
        """Yield what is given, and note it."""
        for source, inspected in looked:
            self._note(source, inspected)
            yield source, inspected

    def _note(self, source: Source, inspected: Inspected) -> None:
        if isinstance(inspected, NotMedia):
            return  # another look may say more, and such a file is rarely sent
        version = json.dumps([source.relative, source.size, source.modified_ns])
        self._lines.write(f"[{version},{inspected_json(inspected)}]\n".encode())
        self._files += 1

    def content(self) -> bytes:
        """Return all that was noted, empty where that is nothing; no more can be noted then."""
        self._lines.close()
        return self._bytes.getvalue() if self._files else b""


def send_inspections(content: bytes, input_set: str, container: str, storage: Storage) -> None:
    """Put what an `InspectionsFile` collected into an input set."""
    if content:
        digest = hashlib.sha256(content).hexdigest()[:16]
        blob = f"{inspections_prefix(input_set)}{digest}.jsonl.gz"
        storage.upload_bytes(container, blob, content, BlobFacts().metadata())


def fetch_inspections(
    input_set: str, container: str, storage: Storage
) -> Mapping[Version, Inspected]:
    """Return what looks into the files of an input set said.

    What can't be read is left out: another look says it again.
    """
    found: dict[Version, Inspected] = {}
    for blob in storage.list_blobs(container, inspections_prefix(input_set)):
        content = storage.read_piece(container, blob.name, 0, _LONGEST)
        try:
            found.update(_read(content or b""))
        except (ValueError, EOFError, OSError, TypeError):
            continue
    return found


def _read(content: bytes) -> Iterator[tuple[Version, Inspected]]:
    with gzip.open(io.BytesIO(content), "rt", encoding="utf-8") as lines:
        if json.loads(next(lines, "{}")).get("v") != _VERSION:
            return
        for line in lines:
            version, inspected = json.loads(line)
            yield Version(*version), read_inspected(json.dumps(inspected))


def known_of(
    blobs: Iterable[BlobInfo], stored: Mapping[Version, Inspected]
) -> list[Inspected | None]:
    """Return what is known of blobs that are named by their paths in the input set.

    It's None for a blob that nobody inspected as it is now.
    """
    return [
        stored.get(Version(blob.name, blob.size, blob.batchff.modified_ns))
        if blob.batchff and blob.batchff.modified_ns is not None
        else None
        for blob in blobs
    ]
