"""What only a submit sees of its job, noted for a later report: its downloads, and its nodes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.events import Event
from batchff.events.download import BytesDownloaded, FileDownloaded
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.job.record import Download, Record, fetch_record, send_record

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def _now() -> datetime:
    return datetime.now(UTC)


class Notes:
    """A reporter that hands on each event, and notes when outputs are downloaded."""

    def __init__(self, reporter: Reporter, now: Callable[[], datetime] = _now) -> None:
        self._reporter = reporter
        self._now = now
        self._lock = threading.Lock()
        self._began: datetime | None = None
        self._downloaded: Download | None = None
        self._nodes = Record()

    @property
    def follows_progress(self) -> bool:
        """Whether the reporter behind it follows progress."""
        return self._reporter.follows_progress

    def report(self, event: Event) -> None:
        """Hand an event on; one of a download that isn't only looked at is noted."""
        self._reporter.report(event)
        if isinstance(event, BytesDownloaded):
            self._began = self._began or self._now()
        elif isinstance(event, FileDownloaded) and not event.skipped:
            with self._lock:
                ended = self._now()
                known = self._downloaded or Download(self._began or ended, ended, 0, 0)
                self._downloaded = replace(
                    known, ended=ended, outputs=known.outputs + 1, bytes=known.bytes + event.bytes
                )

    def see_nodes(self, pool: str, batch: Batch) -> None:
        """Note the nodes of a pool that is about to be removed."""
        with suppress(BatchffError):
            self._nodes = self._nodes.with_nodes(batch.pools.nodes(pool), self._now())

    def keep(self, plan: JobPlan, storage: Storage) -> None:
        """Add to the job's record what was noted; a report is worth no failure of a submit."""
        if self._downloaded is None and not self._nodes.nodes:
            return
        with suppress(BatchffError):
            record = fetch_record(plan.folder, plan.output_container, storage)
            record = replace(record, downloaded=self._downloaded or record.downloaded)
            if self._nodes.nodes:
                record = replace(record, nodes=self._nodes.nodes, nodes_at=self._nodes.nodes_at)
            send_record(plan.folder, record, plan.output_container, storage)
