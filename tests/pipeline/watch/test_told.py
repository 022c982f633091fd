"""What nodes say of files that are encoded is found by one listing."""

from __future__ import annotations

from batchff.events.jobs import FileTold
from batchff.model.jobs import JobOutcome, Told
from batchff.pipeline.containers import ensure_container
from batchff.pipeline.job.plan_blob import send_plan
from batchff.pipeline.names import told_prefix
from batchff.pipeline.watch.told import find_told, with_told
from tests.pipeline.planned import items_of
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer


def test_it_is_told_by_the_files_names(storage_server: StorageServer) -> None:
    storage, container = storage_server.storage(), storage_server.container
    ensure_container(container, storage, Recorder())
    first, second, third = items_of("tour", "b.mov", "a.mov", "c.mov")
    send_plan("tour", (first, second, third), container, storage)
    for item, said in (
        (first, b"salvaged: 1.2 of 4.0 s: the source is cut off\n"),
        (second, b"a piece \x1b[31mdoesn't decode\na piece \x1b[31mdoesn't decode\n\n"),
    ):
        blob = f"{told_prefix('tour')}{item.tasks[0].id}/told.txt"
        storage.upload_bytes(container, blob, said, {})
    recorder = Recorder()

    outcome = with_told(JobOutcome("tour", 3, 0, 0, ()), "tour", container, storage, recorder)

    assert outcome.told == (
        Told("a.mov", ("a piece [31mdoesn't decode",)),
        Told("b.mov", ("1.2 of 4.0 s: the source is cut off",), is_salvaged=True),
    )
    assert [event.file for event in recorder.of(FileTold)] == ["a.mov", "b.mov"]


def test_where_nothing_is_told_the_plan_isnt_read(storage_server: StorageServer) -> None:
    storage, container = storage_server.storage(), storage_server.container
    ensure_container(container, storage, Recorder())

    assert find_told("tour", container, storage) == ()
