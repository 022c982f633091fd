from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchff.cloud.storage import Storage
from batchff.model.pools import NodeStatus
from batchff.pipeline.job.record import (
    Download,
    Record,
    RecordedNode,
    fetch_record,
    record_blob,
    send_record,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=90)


@pytest.mark.parametrize(
    "record",
    [
        Record(),
        Record("batchff submit 'übung \"1\"'"),
        Record(
            "batchff submit .",
            Download(NOON, LATER, 3, 4000),
            (RecordedNode("n1", True, NOON, LATER), RecordedNode("n2", False, NOON, None, LATER)),
            LATER,
        ),
    ],
)
def test_what_is_kept_comes_back(record: Record, storage: Storage) -> None:
    storage.ensure_container("records", {"batchff": "0"})
    send_record("job", record, "records", storage)
    assert fetch_record("job", "records", storage) == record
    facts = storage.blob_info("records", record_blob("job")).batchff
    assert facts is not None and facts.job == "job", "cleanup knows it by that"


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"[]", b"{}", b'{"v": 2, "command": "x"}', b'{"v": 1, "command": "x", '
     b'"downloaded": ["no time", "", 1, 2]}'],
)  # fmt: skip
def test_what_cant_be_read_is_an_empty_record(content: bytes, storage: Storage) -> None:
    storage.ensure_container("records", {"batchff": "0"})
    storage.upload_bytes("records", record_blob("spoilt"), content, {})
    assert fetch_record("spoilt", "records", storage) == Record()
    assert fetch_record("none", "records", storage) == Record()
    assert fetch_record("none", "no-container", storage) == Record()


def test_only_nodes_that_are_there_are_noted() -> None:
    nodes = [
        NodeStatus("n1", "idle", allocated=NOON, ready=LATER),
        NodeStatus("n2", "creating"),
        NodeStatus("n3", "preempted", spot=True, since=LATER, allocated=NOON),
    ]
    record = Record("x").with_nodes(nodes, LATER)
    there = RecordedNode("n1", False, NOON, LATER)
    away = RecordedNode("n3", True, NOON, None, LATER)
    assert record == Record("x", None, (there, away), LATER)
    assert Record("x").with_nodes([], LATER) == Record("x")
