from __future__ import annotations

from batchff.emulator.blob.store import UNCOMMITTED_LIFETIME, Store
from batchff.emulator.blob.store.records import (
    Attributes,
    ByteRange,
    Container,
    Piece,
    Properties,
    Span,
)

NOTHING = Attributes(Properties(), {})
PIECES = [Piece("first", 10, "1"), Piece("second", 5, "2")]


def test_a_range_is_read_from_the_files_that_it_touches(store: Store, films: Container) -> None:
    blob = store.blobs.put(films, "a", NOTHING, PIECES, now=1)

    assert blob.size == 15
    assert store.blobs.spans(blob, ByteRange(8, 12)) == [Span("first", 8, 10), Span("second", 0, 2)]
    assert store.blobs.spans(blob, ByteRange(10, 15)) == [Span("second", 0, 5)]


def test_a_file_is_needed_as_long_as_one_blob_has_it(store: Store, films: Container) -> None:
    blob = store.blobs.put(films, "a", NOTHING, PIECES, now=1)
    store.blobs.put(films, "copy", NOTHING, PIECES[:1], now=1)

    store.blobs.delete(blob)

    assert store.blobs.get(films, "a") is None
    assert store.blobs.all_files() == {"first"}


def test_a_new_write_keeps_the_time_of_creation_and_changes_the_etag(
    store: Store, films: Container
) -> None:
    first = store.blobs.put(films, "a", NOTHING, PIECES, now=1)
    second = store.blobs.put(films, "a", NOTHING, [], now=5)

    assert (second.created, second.modified, second.size) == (1, 5, 0)
    assert second.etag != first.etag
    assert store.blobs.all_files() == set()


def test_blocks_that_nobody_commits_are_dropped(store: Store, films: Container) -> None:
    store.blobs.stage(films, "a", Piece("old", 3, "1"), now=1)
    store.blobs.stage(films, "b", Piece("new", 3, "1"), now=UNCOMMITTED_LIFETIME)

    store.blobs.drop_stale_blocks(before=2)

    assert store.blobs.all_files() == {"new"}
    assert store.blobs.get(films, "a") is None
