from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError, ServiceError
from batchff.model.blob_facts import BlobFacts
from batchff.pipeline.cleanup.blobs import CHANGED, Deletions, delete_blobs, find_blobs
from tests.storage_servers import StorageServer

MARK = BlobFacts("old").metadata()
OURS = BlobFacts().metadata()


@pytest.fixture
def storage(emulated_storage: StorageServer) -> Storage:
    storage = emulated_storage.storage()
    storage.ensure_container(emulated_storage.container, {})
    return storage


@pytest.fixture
def container(emulated_storage: StorageServer) -> str:
    return emulated_storage.container


def put(storage: Storage, container: str, **blobs: dict[str, str]) -> None:
    for name, metadata in blobs.items():
        storage.upload_bytes(container, name, b"media", metadata)


def names(storage: Storage, container: str) -> list[str]:
    return [blob.name for blob in storage.list_blobs(container)]


def test_a_blob_is_ours_by_its_stamp_or_by_the_script_of_its_jobs_folder(
    storage: Storage, container: str
) -> None:
    put(
        storage,
        container,
        **{
            "old/node/encode.sh": MARK,
            "old/media/a.mp3": {},
            "older/media/a.mp3": {},
            "set/a.mov": OURS,
            "set/theirs.mov": {},
            # It names another folder's job, so it's no mark of this one.
            "other/node/encode.sh": MARK,
            "other/media/a.mp3": {},
        },
    )
    found = find_blobs(container, storage)
    assert (found.count, found.others, found.bytes) == (4, 3, 20)
    assert (found.name, find_blobs(container, storage, "old/").count) == (f"{container}/", 2)

    assert delete_blobs(found, storage) == Deletions(deleted=4)
    assert names(storage, container) == ["older/media/a.mp3", "other/media/a.mp3", "set/theirs.mov"]


def test_what_is_spared_is_left_out_and_stays(storage: Storage, container: str) -> None:
    put(storage, container, **{"set/a.mov": OURS, "tour/a.mov": OURS})
    found = find_blobs(container, storage, spare=("tour/",))
    assert (found.count, found.others) == (1, 1)
    delete_blobs(found, storage)
    assert names(storage, container) == ["tour/a.mov"]


def test_a_folder_keeps_its_mark_while_something_in_it_has_changed(
    storage: Storage, container: str
) -> None:
    put(storage, container, **{"old/node/encode.sh": MARK, "old/media/a.mp3": {}})
    found = find_blobs(container, storage)
    put(storage, container, **{"old/media/b.mp3": {}})

    assert delete_blobs(found, storage) == Deletions(deleted=1, changed=1)
    assert names(storage, container) == ["old/media/b.mp3", "old/node/encode.sh"]
    # Given again, it goes on.
    assert delete_blobs(find_blobs(container, storage), storage).deleted == 2
    assert names(storage, container) == []


def test_what_the_nodes_of_an_ended_job_have_sent_since_goes_too(
    storage: Storage, container: str
) -> None:
    put(storage, container, **{"old/node/encode.sh": MARK, "old/media/a.mp3": {}})
    found = find_blobs(container, storage)
    put(storage, container, **{"old/media/b.mp3": {}})
    assert delete_blobs(found, storage, ended={"old"}) == Deletions(deleted=3)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=8))
def test_failures_are_counted_and_the_first_of_each_kind_is_kept(
    changes: list[tuple[str, bool]],
) -> None:
    """That a blob has changed is no failure."""
    deletions = Deletions()
    for name, gone in changes:
        code = CHANGED if gone else f"Refused-{name}"
        deletions.count_failure(ServiceError("no", code=code))
    refused = [name for name, gone in changes if not gone]
    assert deletions.failed == len(refused)
    assert len(deletions.failures) == len(set(refused))


def test_a_failure_without_a_code_is_kept_once() -> None:
    deletions = Deletions()
    for _ in range(2):
        deletions.count_failure(NotFoundError("gone"))
    assert (deletions.failed, len(deletions.failures)) == (2, 1)
