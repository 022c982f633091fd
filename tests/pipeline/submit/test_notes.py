from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Notice
from batchff.events.download import BytesDownloaded, FileDownloaded
from batchff.pipeline.job.record import Download, Record, fetch_record, send_record
from batchff.pipeline.submit.notes import Notes
from tests.emulator.running import wait_until
from tests.foreign import make_pool
from tests.pipeline.planned import plan_of
from tests.pipeline.recorder import Recorder

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ticks() -> Iterator[datetime]:
    now = NOON
    while True:
        yield now
        now += timedelta(seconds=1)


def test_it_hands_on_each_event_and_notes_when_outputs_came(storage: Storage) -> None:
    recorder, clock = Recorder(), ticks()
    notes = Notes(recorder, lambda: next(clock))
    events = [
        Notice("before"),
        BytesDownloaded(10),
        FileDownloaded("a", "/a", 10, skipped=False),
        FileDownloaded("b", "/b", 99, skipped=True),
        BytesDownloaded(5),
        FileDownloaded("c", "/c", 5, skipped=False),
    ]
    for event in events:
        notes.report(event)
    assert recorder.events == events
    assert notes.follows_progress

    plan = replace(plan_of("notes-kept"), output_container="notes")
    storage.ensure_container("notes", {"batchff": "0"})
    send_record("notes-kept", Record("batchff submit ."), "notes", storage)
    notes.keep(plan, storage)
    download = Download(NOON, NOON + timedelta(seconds=2), 2, 15)
    assert fetch_record("notes-kept", "notes", storage) == Record("batchff submit .", download)

    # A later call that downloads nothing leaves that.
    again = Notes(recorder)
    again.report(FileDownloaded("a", "/a", 10, skipped=True))
    again.keep(plan, storage)
    assert fetch_record("notes-kept", "notes", storage).downloaded == download


def test_it_notes_the_nodes_of_a_pool(service: BatchClient, batch: Batch, storage: Storage) -> None:
    pool = make_pool(service, "notes-nodes", nodes=2)
    wait_until(lambda: [node.state for node in service.list_nodes(pool)] == ["idle", "idle"])
    plan = replace(plan_of("notes-nodes"), output_container="notes-nodes")
    storage.ensure_container("notes-nodes", {"batchff": "0"})
    notes = Notes(Recorder())
    notes.see_nodes(pool, batch)
    notes.keep(plan, storage)
    record = fetch_record("notes-nodes", "notes-nodes", storage)
    assert {node.node for node in record.nodes} == {node.id for node in service.list_nodes(pool)}
    for node in record.nodes:
        assert node.allocated and node.ready and record.nodes_at
        assert node.allocated <= node.ready <= record.nodes_at


def test_what_cant_be_kept_is_no_failure(batch: Batch, storage: Storage) -> None:
    notes = Notes(Recorder())
    notes.see_nodes("no-such-pool", batch)
    notes.report(FileDownloaded("a", "/a", 1, skipped=False))
    notes.keep(replace(plan_of("notes-nowhere"), output_container="no-such-container"), storage)
