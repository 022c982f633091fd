"""Stream: a submission's files on their way through all stages at once.

An item's tasks are added as soon as its blob is there, and an output is downloaded as soon as the
task that makes it has succeeded: the whole takes about as long as its slowest stage. Where outputs
are to stay in storage, there's no fetcher.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InterruptedByUser
from batchff.model.items import count_items
from batchff.model.jobs import JobOutcome
from batchff.pipeline.chunks.remove import remove_chunks
from batchff.pipeline.job.feed import TaskFeed
from batchff.pipeline.job.graph import items_by_task, not_encoded_in
from batchff.pipeline.names import FAILED_ALIKE, FAILED_FAST
from batchff.pipeline.submit.fetcher import Fetcher
from batchff.pipeline.submit.planning.submission import Submission
from batchff.pipeline.submit.sender import Sender
from batchff.pipeline.watch.job import Ended
from batchff.pipeline.watch.told import with_told
from batchff.pipeline.watch.watch import Watching, stopped_watching, watch
from batchff.pipeline.watch.with_retries import with_not_encoded

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class Stream:
    """A submission that is running; make it with `open_stream`."""

    def __init__(
        self,
        submission: Submission,
        feed: TaskFeed,
        sender: Sender,
        fetcher: Fetcher | None,
        batch: Batch,
        storage: Storage,
        reporter: Reporter,
    ) -> None:
        self._submission = submission
        self._feed = feed
        self._sender = sender
        self._fetcher = fetcher
        self._batch = batch
        self._storage = storage
        self._reporter = reporter
        self._items = items_by_task(submission.items)
        self._is_stopped_early = False
        self._succeeded: set[str] = set()

    def send_all(self) -> int:
        """Return how many tasks the job has, once every one is added.

        Raises TransferError where a file could not be sent.
        """
        self._sender.wait()
        return self._feed.added

    def watch(self) -> JobOutcome:
        """Report what happens until the job is over, while its outputs are downloaded.

        Raises what `watch` does; InterruptedByUser says whether files are still to be sent.
        """
        job = self._submission.plan.job
        how = Watching(feed=self._feed, pause=self._sender.pause)
        try:
            if self._fetcher is not None:
                self._fetcher.start()
            for seen in watch(job, self._batch, self._storage, self._reporter, how):
                if isinstance(seen, JobOutcome):
                    return self._with_missing(seen)
                self._take(seen)
        except (InterruptedByUser, KeyboardInterrupt):
            if self._feed.is_open:
                raise InterruptedByUser(
                    f"stopped while files were sent; job {job!r} goes on with those it has",
                    hint="give the same command again: it continues, and downloads",
                ) from None
            raise stopped_watching(job, job, is_submit=True) from None
        raise AssertionError("a watch ends with the job's outcome")

    @property
    def waits_for_inputs(self) -> bool:
        """Whether files could not be sent, so that the job is left open for them."""
        return self._feed.is_short and not (
            self._submission.options.fail_fast or self._is_stopped_early
        )

    def fetch_the_rest(self) -> int:
        """Return how many outputs are downloaded, once all are that are to be.

        Raises TransferError where some could not be, or some inputs could not be sent.
        """
        fetched = self._fetcher.finish() if self._fetcher is not None else 0
        plan = self._submission.plan
        items = self._submission.items
        remove_chunks(plan.folder, plan.output_container, items, self._succeeded, self._storage)
        self._sender.raise_error()
        return fetched

    def _take(self, ended: Ended) -> None:
        """Download what a task made.

        A failure ends the job with `fail_fast`, or where all files would fail as the first ones.
        """
        item = self._items.get(ended.task.id)
        if ended.failure is None:
            self._succeeded.add(ended.task.id)
            if item is not None and self._fetcher is not None:
                task = next(task for task in item.tasks if task.id == ended.task.id)
                self._fetcher.fetch(item, item.made_by(task))
        elif self._submission.options.fail_fast:
            self._stop(FAILED_FAST)
        elif ended.is_hopeless:
            self._stop(FAILED_ALIKE)

    def _stop(self, reason: str) -> None:
        """End the job, and send no more files."""
        if self._is_stopped_early:
            return
        self._is_stopped_early = True
        self._sender.stop()
        self._feed.cancel()
        self._batch.jobs.terminate(self._submission.plan.job, reason)

    def _with_missing(self, outcome: JobOutcome) -> JobOutcome:
        """Count as unfinished the tasks that were never added, as their files weren't sent."""
        items = self._sender.items
        counts = count_items(items)
        known = outcome.succeeded + outcome.failed + outcome.unfinished
        tasks = outcome.tasks
        missing = max(counts.tasks - self._feed.added, 0)
        plan = self._submission.plan
        outcome = with_told(
            outcome, plan.folder, plan.output_container, self._storage, self._reporter
        )
        outcome = with_not_encoded(outcome, not_encoded_in(items))
        return replace(
            outcome,
            unfinished=outcome.unfinished + max(counts.files - known, 0),
            done_before=counts.done,
            tasks=replace(tasks, unfinished=tasks.unfinished + missing),
        )


@contextmanager
def open_stream(
    submission: Submission, batch: Batch, storage: Storage, reporter: Reporter
) -> Iterator[Stream]:
    """Start a submission; at the end of the block, none of its threads goes on.

    The job must be there. It doesn't repeat what an earlier try has done: a task that succeeded
    needs no input, an output that is downloaded isn't fetched.
    """
    existing = {task.id: task.succeeded for task in batch.tasks.all(submission.plan.job)}
    done = frozenset(task for task, succeeded in existing.items() if succeeded)
    with ExitStack() as stack:
        fetcher = None
        if submission.options.downloads:
            fetcher = stack.enter_context(Fetcher(submission, storage, reporter))
            if done:
                fetcher.list_existing()
        feed = stack.enter_context(
            TaskFeed(submission.plan, batch, storage, reporter, existing=frozenset(existing))
        )
        sender = stack.enter_context(Sender(submission, feed, done, batch, storage, reporter))
        yield Stream(submission, feed, sender, fetcher, batch, storage, reporter)
