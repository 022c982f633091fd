from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.blob.store import Store
from batchff.emulator.blob.store.listing import Query
from batchff.emulator.blob.store.records import Attributes, Blob, Container, Properties
from batchff.emulator.root import open_root

NOTHING = Attributes(Properties(), {})


def fill(store: Store, container: Container, *names: str) -> None:
    for name in names:
        store.blobs.put(container, name, NOTHING, [], now=1)


def names_of(entries: list[Blob | str]) -> list[str]:
    return [entry if isinstance(entry, str) else entry.name for entry in entries]


def walk(store: Store, container: Container, prefix: str, delimiter: str, limit: int) -> list[str]:
    """List everything, a page at a time."""
    found: list[str] = []
    start: bytes | None = b""
    while start is not None:
        page = store.listings.page(
            container, Query(prefix, delimiter, start, limit, uncommitted=False)
        )
        assert len(page.entries) <= limit
        found += names_of(page.entries)
        start = page.next_start
    return found


def test_what_is_below_a_folder_is_one_entry(store: Store, films: Container) -> None:
    fill(store, films, "a/1", "a/2", "a0", "b/c/3", "b.mp4", "ä/4")

    assert walk(store, films, "", "/", 2) == ["a/", "a0", "b.mp4", "b/", "ä/"]
    assert walk(store, films, "b/", "/", 2) == ["b/c/"]
    assert walk(store, films, "a", "", 2) == ["a/1", "a/2", "a0"]


def test_a_deleted_containers_blobs_are_in_no_other(store: Store, films: Container) -> None:
    fill(store, films, "a")
    store.containers.hide(films)
    again = store.containers.create("films", {}, now=2)
    assert again is not None

    assert walk(store, again, "", "", 5) == []


@given(
    names=st.sets(st.text("ab/é", min_size=1, max_size=5), max_size=12),
    prefix=st.text("ab/", max_size=2),
    limit=st.integers(1, 4),
)
def test_pages_hold_what_the_plain_definition_gives(
    names: set[str], prefix: str, limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(open_root(Path(folder)), now=1)
        container = store.containers.create("films", {}, now=1)
        assert container is not None
        fill(store, container, *names)
        expected = {
            prefix + rest[: rest.index("/") + 1] if "/" in rest else name
            for name in names
            if name.startswith(prefix)
            for rest in [name[len(prefix) :]]
        }

        assert walk(store, container, prefix, "/", limit) == sorted(expected, key=str.encode)
        store.close()
