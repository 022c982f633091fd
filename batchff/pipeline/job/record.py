"""What only the client knows of a job, kept beside its plan for a later report.

The blob is `<job>/record.json` in the output container: the command line without its secrets, when
outputs were downloaded, and the nodes as they were when their pool was removed. A job runs and is
downloaded without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.model.blob_facts import BlobFacts
from batchff.model.pools import NodeStatus
from batchff.model.states import NodeState
from batchff.pipeline.names import job_prefix

_VERSION = 1
# A thousand nodes take some 200 KB.
_LONGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RecordedNode:
    """A node: when it was allocated, and when its start task had ended.

    `preempted` is since when it was away as it was noted.
    """

    node: str
    spot: bool
    allocated: datetime | None
    ready: datetime | None
    preempted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """When outputs were downloaded, how many, and their size."""

    started: datetime
    ended: datetime
    outputs: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept; `nodes` are as they were at the time `nodes_at`."""

    command: str = ""
    downloaded: Download | None = None
    nodes: tuple[RecordedNode, ...] = ()
    nodes_at: datetime | None = None

    def with_nodes(self, nodes: Iterable[NodeStatus], now: datetime) -> Record:
        """Return it with the nodes of a pool that is about to be removed."""
        kept = tuple(
            RecordedNode(
                node.id,
                node.spot,
                node.allocated,
                node.ready,
                node.since if node.state == NodeState.PREEMPTED else None,
            )
            for node in nodes
            if node.allocated is not None
        )
        return replace(self, nodes=kept, nodes_at=now) if kept else self


def record_blob(job: str) -> str:
    """Return the name of a job's record."""
    return f"{job_prefix(job)}record.json"


def send_record(job: str, record: Record, container: str, storage: Storage) -> None:
    """Write a job's record, in place of what is there."""
    content = json.dumps({"v": _VERSION, **_written(record)}, default=_time).encode()
    storage.upload_bytes(container, record_blob(job), content, BlobFacts(job).metadata())


def fetch_record(job: str, container: str, storage: Storage) -> Record:
    """Return a job's record; an empty one where there is none, or it can't be read."""
    with suppress(BatchffError, ValueError, KeyError, TypeError, AttributeError):
        content = storage.read_piece(container, record_blob(job), 0, _LONGEST)
        if content:
            return _read(json.loads(content))
    return Record()


def _written(record: Record) -> dict[str, Any]:
    written: dict[str, Any] = {"command": record.command}
    if record.downloaded is not None:
        each = record.downloaded
        written["downloaded"] = [each.started, each.ended, each.outputs, each.bytes]
    if record.nodes:
        written["nodes_at"] = record.nodes_at
        written["nodes"] = [
            [n.node, n.spot, n.allocated, n.ready, n.preempted] for n in record.nodes
        ]
    return written


def _read(written: Mapping[str, Any]) -> Record:
    if written["v"] != _VERSION:
        return Record()
    download = None
    if "downloaded" in written:
        started, ended, outputs, size = written["downloaded"]
        download = Download(
            datetime.fromisoformat(started), datetime.fromisoformat(ended), outputs, size
        )
    nodes = tuple(
        RecordedNode(node, spot, *map(_moment, times))
        for node, spot, *times in written.get("nodes", ())
    )
    return Record(written["command"], download, nodes, _moment(written.get("nodes_at")))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _time(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat(timespec="milliseconds")
