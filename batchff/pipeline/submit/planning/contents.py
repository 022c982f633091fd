"""What a submit's tasks will read: known by what was sent before, or else by reading the files."""

from __future__ import annotations

from collections.abc import Iterable

from batchff.cloud.storage import Storage, file_md5
from batchff.model.files import BlobSource, Source
from batchff.model.items import Item
from batchff.pipeline.fingerprints import content_of, version_of
from batchff.pipeline.names import input_blob, input_prefix
from batchff.pipeline.submit.planning.done import Contents


def contents_of_files(
    files: Iterable[Source], input_set: str, container: str, storage: Storage
) -> Contents:
    """Return a function that identifies the content of an item by files on this machine.

    A file that was sent before, and has its size and its time since, isn't read.
    """
    listing = storage.list_blobs(container, input_prefix(input_set), metadata=True)
    existing = {blob.name: blob for blob in listing}
    sources = {input_blob(input_set, file.relative): file for file in files}

    def version(name: str) -> str:
        source, blob = sources[name], existing.get(name)
        if (
            blob is not None
            and blob.size == source.size
            and blob.batchff is not None
            and blob.batchff.modified_ns == source.modified_ns
        ):
            return version_of(blob.md5, blob.etag, blob.size)
        return file_md5(source.path).hex()

    def content(item: Item) -> str:
        names = (item.input_blob, *(file.blob for file in item.beside))
        try:
            return content_of(item.size, *map(version, names))
        except OSError:
            return ""  # that is reported when it's sent

    return content


def contents_of_blobs(blobs: Iterable[BlobSource]) -> Contents:
    """Return a function that identifies the content of an item by blobs in storage."""
    known = {blob.blob: blob for blob in blobs}

    def content(item: Item) -> str:
        blob = known[item.input_blob]
        return content_of(blob.size, version_of(blob.md5, blob.etag, blob.size))

    return content


def contents_as_planned(item: Item) -> str:
    """Return the content that an item has been planned with."""
    return item.content
