"""Send a submission's files in a thread of its own, and have their tasks added.

Files that are in storage already aren't sent: their tasks are added at once.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.http.retrying import stoppable
from batchff.cloud.storage import Storage
from batchff.errors import TransferError
from batchff.events.jobs import FileNotEncoded
from batchff.model.files import Source
from batchff.model.items import Item
from batchff.pipeline.chunks.open import opener
from batchff.pipeline.chunks.send import send_sources
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.fingerprints import content_of, version_of
from batchff.pipeline.inspect.stored import send_inspections
from batchff.pipeline.job.feed import TaskFeed
from batchff.pipeline.job.graph import given_up, joins_chunks
from batchff.pipeline.job.make import change_plan
from batchff.pipeline.names import FAILED_FAST, NOTHING_LEFT, input_blob
from batchff.pipeline.parallel import StopFlag, Stopped
from batchff.pipeline.submit.planning.submission import Submission
from batchff.pipeline.transfer.upload import upload

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class _Waiting:
    """Items, and the blobs that each still waits for."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._left: dict[str, int] = {}
        self._by_blob: dict[str, list[Item]] = {}
        for item in items:
            self._left[item.input_blob] = len(item.inputs)
            for blob in item.inputs:
                self._by_blob.setdefault(blob, []).append(item)

    def needs(self, blob: str) -> bool:
        """Return whether an item waits for a blob."""
        return blob in self._by_blob

    def lost(self, blob: str) -> tuple[Item, ...]:
        """Return the items that waited for this blob, and now wait for ever."""
        return tuple(self._by_blob.pop(blob, ()))

    def sent(self, blob: str) -> Iterator[Item]:
        """Yield the items that wait for nothing any more, now that this blob is there."""
        for item in self._by_blob.pop(blob, ()):
            self._left[item.input_blob] -= 1
            if not self._left[item.input_blob]:
                yield item


class Sender:
    """Sends files within its block, the largest first, so that the end isn't one long task.

    Second inputs go before them: no task that needs one can start without. `done` are the tasks
    that have succeeded before: their files needn't be sent.
    """

    def __init__(
        self,
        submission: Submission,
        feed: TaskFeed,
        done: Collection[str],
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
    ) -> None:
        self._submission = submission
        self._feed = feed
        self._done = done
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._thread = threading.Thread(target=self._run, name="batchff-send", daemon=True)
        self._stop = StopFlag()
        self._error: BaseException | None = None
        self._broke_off = threading.Event()
        self._waiting = _Waiting(
            item for item in submission.items if not all(task.id in done for task in item.tasks)
        )
        self._versions: dict[str, str] = {}
        self._given_up: dict[str, Item] = {}

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._feed.cancel()
        self._thread.join()

    @property
    def items(self) -> tuple[Item, ...]:
        """The submission's items, without the tasks of those that turned out not to be sendable."""
        given_up = self._given_up
        return tuple(given_up.get(item.relative, item) for item in self._submission.items)

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()

    def wait(self) -> None:
        """Return once every task is added; raise TransferError where a file could not be sent."""
        self._thread.join()
        self.raise_error()

    def pause(self, seconds: float) -> None:
        """Wait so long; raise at once an error that ended the sending of all files."""
        if self._broke_off.wait(seconds):
            self.raise_error()

    def raise_error(self) -> None:
        """Raise what has gone wrong, if something has."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with stoppable(self._stop.check):
                self._send_all()
        except Stopped:
            pass
        except BaseException as error:
            self._error = error
            self._broke_off.set()

    def _arriving(self) -> Iterator[str]:
        """Yield blobs once they are there; raise TransferError after the last if one isn't.

        Media in storage is there already. What is read of each is noted in `_versions`.
        """
        submission, plan = self._submission, self._submission.plan
        if isinstance(submission.found, FoundBlobs):
            blobs = submission.found.sources
            for blob in sorted(blobs, key=lambda blob: blob.size, reverse=True):
                self._stop.check()
                self._versions[blob.blob] = version_of(blob.md5, blob.etag, blob.size)
                yield blob.blob
            return
        files = [
            file
            for file in submission.to_upload
            if self._waiting.needs(input_blob(plan.input_set, file.relative))
        ]
        for sent in upload(
            files,
            input_set=plan.input_set,
            container=plan.input_container,
            storage=self._storage,
            reporter=self._reporter,
            stop=self._stop,
            fail_fast=submission.options.fail_fast,
            changed=None if submission.options.fail_fast else self._give_up,
        ):
            blob_name = input_blob(plan.input_set, sent.source.relative)
            self._versions[blob_name] = sent.version
            yield blob_name

    def _give_up(self, file: Source, reason: str) -> None:
        """Make nothing of a file that changed, nor of those that it's a second input of."""
        blob = input_blob(self._submission.plan.input_set, file.relative)
        for item in self._waiting.lost(blob):
            why = reason if item.input_blob == blob else f"its second input: {reason}"
            if item.relative not in self._given_up:
                self._feed.give_up(item)
                self._given_up[item.relative] = given_up(item, why)
                self._reporter.report(FileNotEncoded(item.relative, why))

    def _with_content(self, item: Item) -> Item:
        versions = [self._versions[file.blob] for file in item.beside]
        content = content_of(item.size, self._versions[item.input_blob], *versions)
        return replace(item, content=content)

    def _send_chunks(self, item: Item) -> None:
        """Put what the item's chunks are encoded from beside its source, which is there."""
        if not any(map(joins_chunks, item.tasks)):
            return
        found, plan = self._submission.found, self._submission.plan
        place = plan.source.container if plan.source else plan.input_container
        open_source = opener(found, place, self._storage)
        send_sources(item, plan, place, open_source, self._storage, self._stop)

    def _send_inspections(self) -> None:
        plan = self._submission.plan
        send_inspections(
            self._submission.inspections, plan.input_set, plan.input_container, self._storage
        )

    def _send_all(self) -> None:
        plan = self._submission.plan
        try:
            for blob in self._arriving():
                for item in self._waiting.sent(blob):
                    known = self._with_content(item)
                    self._send_chunks(known)
                    self._feed.put(known)
            # With tidy, nothing that was sent stays.
            has_inputs = not isinstance(self._submission.found, FoundBlobs)
            if has_inputs and not self._submission.options.tidy:
                self._send_inspections()
        except TransferError as error:
            # The other files are encoded; the job stays open, so that these can be added later.
            self._error = error
        self._feed.close()
        if self._error is None:
            if self._given_up:
                self._write_down()
            if self._feed.added:
                self._batch.jobs.end_after_tasks(plan.job)
            else:
                # By itself the service ends it only after a while, in which its pool has nodes.
                self._batch.jobs.terminate(plan.job, NOTHING_LEFT)
        elif self._submission.options.fail_fast:
            self._batch.jobs.terminate(plan.job, FAILED_FAST)

    def _write_down(self) -> None:
        """Have the job know of the files of which nothing is made."""
        change_plan(self._submission.plan, self.items, self._batch, self._storage)
