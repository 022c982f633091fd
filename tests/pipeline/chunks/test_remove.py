from __future__ import annotations

from batchff.cloud.storage import Storage
from batchff.model.items import Item, ItemTask, Work
from batchff.pipeline.chunks.remove import remove_all_chunks, remove_chunks

ITEMS = tuple(
    Item(
        f"{name}.mp4",
        1,
        f"set/{name}.mp4",
        tasks=(
            ItemTask(f"{name}-0000", work=Work("sh encode.sh")),
            ItemTask(name, (0,), (f"{name}-0000",), Work("sh join.sh 1 rest.mp4 .mp4 chunks")),
        ),
    )
    for name in ("a", "b")
)


def left(storage: Storage) -> list[str]:
    return [blob.name for blob in storage.list_blobs("outputs")]


def test_only_the_chunks_of_what_is_joined_go(storage: Storage) -> None:
    storage.ensure_container("outputs", {})
    for name in ("job/chunks/a/film/0000.mp4", "job/chunks/a/rest.mp4", "job/chunks/b/rest.mp4"):
        storage.upload_bytes("outputs", name, b"x", {})
    storage.upload_bytes("outputs", "job/media/a.mp4", b"x", {})

    assert remove_chunks("job", "outputs", ITEMS, {"a", "b-0000"}, storage) == 2
    assert left(storage) == ["job/chunks/b/rest.mp4", "job/media/a.mp4"]
    assert remove_all_chunks("job", "outputs", storage) == 1
    assert left(storage) == ["job/media/a.mp4"]


def test_a_container_that_is_gone_is_no_error(storage: Storage) -> None:
    assert remove_all_chunks("job", "no-such-container", storage) == 0
