"""Stream: a submission's files on their way, in all stages at a time.

A file's task is added as soon as its blob stands, and its output comes home as soon as the task has
succeeded: the whole takes about as long as its slowest stage.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.http.retrying import stoppable
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, InterruptedByUser, TransferError
from batchff.events import Warned
from batchff.events.download import DownloadEnded, DownloadStarted
from batchff.model.files import BlobInfo, Item
from batchff.model.jobs import FailedTask, JobOutcome, TaskStatus
from batchff.model.pools import PoolSpec
from batchff.pipeline.job.feed import TaskFeed
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import FAILED_FAST, media_prefix
from batchff.pipeline.parallel import FILES_AT_A_TIME, StopFlag, Stopped
from batchff.pipeline.plan import Found
from batchff.pipeline.transfer.download import Homecoming
from batchff.pipeline.transfer.upload import upload
from batchff.pipeline.watch.watch import watch

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be done with which files, and where the outputs come home."""

    found: Found
    items: tuple[Item, ...]
    plan: JobPlan
    pool_spec: PoolSpec
    home: Path
    detach: bool = False
    keep_pool: bool = False
    overwrite: bool = False
    tidy: bool = False
    """Delete each input once its output is at home."""
    fail_fast: bool = False
    """Let the first failure end the job."""


class Stream:
    """One submission's way through the stages; at the end of its block nothing of it goes on.

    Made where the job stands. What an earlier try has brought far isn't done again: a task that
    succeeded needs no input, a file that is at home isn't fetched.
    """

    def __init__(
        self, submission: Submission, batch: Batch, storage: Storage, reporter: Reporter
    ) -> None:
        self._submission = submission
        self._plan = submission.plan
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._items = {item.task_id: item for item in submission.items}
        standing = {task.id: task.succeeded for task in batch.tasks.all(self._plan.job)}
        self._done_before = {task for task, succeeded in standing.items() if succeeded}
        self._feed = TaskFeed(self._plan, batch, storage, reporter, standing=frozenset(standing))
        self._sending = threading.Thread(target=self._send, name="batchff-send", daemon=True)
        self._sending_stop = StopFlag()
        self._sending_error: BaseException | None = None
        self._failed = threading.Event()
        self._is_stopped_early = False
        self._home = Homecoming(
            submission.home,
            self._plan.output_container,
            storage,
            reporter,
            overwrite=submission.overwrite,
        )
        self._standing_outputs = self._list_outputs() if self._done_before else {}
        self._bringing = ThreadPoolExecutor(FILES_AT_A_TIME, thread_name_prefix="batchff-bring")
        self._bringing_stop = StopFlag()
        self._bringing_errors: list[BaseException] = []
        self._brought = self._unchanged = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Stream:
        self._sending.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sending_stop.set()
        self._bringing_stop.set()
        self._feed.cancel()
        self._sending.join()
        self._bringing.shutdown(wait=True, cancel_futures=True)

    def send_all(self) -> None:
        """Return once every task is added; raises TransferError where a file could not be sent."""
        self._sending.join()
        self._raise_sending_error()

    def watch(self) -> JobOutcome:
        """Tell what happens until the job is over, its outputs coming home meanwhile.

        Raises what `watch` does; InterruptedByUser says whether files are still to be sent.
        """
        try:
            self._reporter.report(DownloadStarted(len(self._items), None))
            outcome = watch(
                self._plan.job,
                self._batch,
                self._storage,
                self._reporter,
                pause=self._pause,
                feed=self._feed,
                on_success=self._bring,
                on_failure=self._stop_at_once,
            )
        except (InterruptedByUser, KeyboardInterrupt):
            if not self._feed.is_open:
                raise
            raise InterruptedByUser(
                f"stopped while files were sent; job {self._plan.job!r} goes on with those it has",
                hint="give the command again: it continues",
            ) from None
        never_added = max(len(self._items) - self._feed.added, 0)
        return replace(outcome, unfinished=outcome.unfinished + never_added)

    @property
    def waits_for_inputs(self) -> bool:
        """Whether files could not be sent, so that the job is left open for them."""
        return self._feed.is_short and not self._submission.fail_fast

    def bring_the_rest(self) -> int:
        """Return once all outputs are at home, and how many that are.

        Raises TransferError where some could not be brought, or some inputs could not be sent.
        """
        self._bringing.shutdown(wait=True)
        self._reporter.report(DownloadEnded(self._brought, self._unchanged))
        errors = self._bringing_errors
        for error in errors:
            if not isinstance(error, BatchffError):
                raise error
        if errors:
            raise TransferError(
                f"{len(errors)} of {self._brought + len(errors)} outputs are not at home: "
                f"{errors[0]}",
                hint=f"get what is missing with: batchff download {self._plan.job}",
            ) from errors[0]
        self._raise_sending_error()
        return self._brought

    def _send(self) -> None:
        """Send the files, the largest first, so that the end isn't one long task."""
        with stoppable(self._sending_stop.check):
            self._send_all_sources()

    def _send_all_sources(self) -> None:
        submission = self._submission
        by_path = {item.relative: item for item in submission.items}
        sources = sorted(
            (
                source
                for source in submission.found.sources
                if by_path[source.relative].task_id not in self._done_before
            ),
            key=lambda source: source.size,
            reverse=True,
        )
        try:
            try:
                for source in upload(
                    sources,
                    input_set=self._plan.input_set,
                    container=self._plan.input_container,
                    storage=self._storage,
                    reporter=self._reporter,
                    stop=self._sending_stop,
                    fail_fast=submission.fail_fast,
                ):
                    self._feed.put(by_path[source.relative])
            except TransferError as error:
                # The others go their way; the job stays open, so that these can follow.
                self._sending_error = error
            self._feed.close()
            if self._sending_error is None:
                self._batch.jobs.end_after_tasks(self._plan.job)
            elif submission.fail_fast:
                self._batch.jobs.terminate(self._plan.job, FAILED_FAST)
        except Stopped:
            pass
        except BaseException as error:
            self._sending_error = error
            self._failed.set()

    def _raise_sending_error(self) -> None:
        if self._sending_error is not None:
            raise self._sending_error

    def _pause(self, seconds: float) -> None:
        """Wait before the next look at the job, unless there's no sense in it any more."""
        if self._failed.wait(seconds):
            self._raise_sending_error()

    def _bring(self, task: TaskStatus) -> None:
        item = self._items.get(task.id)
        if item is not None:
            self._bringing.submit(self._bring_output, item)

    def _bring_output(self, item: Item) -> None:
        try:
            with stoppable(self._bringing_stop.check):
                fetched = self._home.bring(
                    item.output_relative,
                    item.output_blob,
                    self._bringing_stop,
                    self._standing_outputs.get(item.output_blob),
                )
                if self._submission.tidy:
                    self._storage.delete_blob(self._plan.input_container, item.input_blob)
        except Stopped:
            return
        except BaseException as error:
            if isinstance(error, BatchffError):
                self._reporter.report(Warned(error.message))
            self._bringing_errors.append(error)
        else:
            with self._lock:
                self._brought += 1
                self._unchanged += not fetched

    def _stop_at_once(self, failure: FailedTask) -> None:
        """Where one failure is to end it all: send no more, run no more."""
        if self._submission.fail_fast and not self._is_stopped_early:
            self._is_stopped_early = True
            self._sending_stop.set()
            self._feed.cancel()
            self._batch.jobs.terminate(self._plan.job, FAILED_FAST)

    def _list_outputs(self) -> dict[str, BlobInfo]:
        """Return the outputs that stand already, so that each needn't be asked for."""
        container = self._plan.output_container
        listing = self._storage.list_blobs(container, media_prefix(self._plan.job))
        return {blob.name: blob for blob in listing}
