from __future__ import annotations

from batchff.emulator.blob.store import Store
from batchff.emulator.blob.store.records import Attributes, Container, Piece, Properties


def test_a_name_is_taken_once_and_free_as_soon_as_it_is_deleted(
    store: Store, films: Container
) -> None:
    assert store.containers.create("films", {}, now=2) is None

    store.containers.hide(films)

    assert store.containers.get("films") is None
    assert store.containers.create("films", {"maker": "me"}, now=3) is not None


def test_what_a_deleted_container_held_is_removed(store: Store, films: Container) -> None:
    for name in ("a", "b"):
        store.blobs.put(films, name, Attributes(Properties(), {}), [Piece(name, 1)], now=1)
    store.containers.hide(films)

    store.containers.reap_all()

    assert store.blobs.all_files() == set()
    assert not store.containers.reap()


def test_containers_are_listed_by_name_below_a_prefix(store: Store) -> None:
    for name in ("out-b", "in", "out-a", "other"):
        store.containers.create(name, {}, now=1)

    assert [each.name for each in store.containers.list("out-", "", 5)] == ["out-a", "out-b"]
    assert [each.name for each in store.containers.list("", "out-a", 1)] == ["out-a"]


def test_new_metadata_is_a_new_version(store: Store, films: Container) -> None:
    changed = store.containers.set_metadata(films, {"maker": "me"}, now=9)

    assert (changed.metadata, changed.modified) == ({"maker": "me"}, 9)
    assert changed.etag != films.etag
    assert store.containers.get("films") == changed
