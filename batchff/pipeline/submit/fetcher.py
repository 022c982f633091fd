"""Downloads a submission's outputs while other files are still being encoded."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING

from batchff.cloud.http.retrying import stoppable
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, TransferError
from batchff.events import Warned
from batchff.events.download import DownloadEnded, DownloadStarted
from batchff.model.files import BlobInfo
from batchff.model.items import Item, Output
from batchff.pipeline.parallel import FILES_AT_A_TIME, StopFlag, Stopped
from batchff.pipeline.submit.planning.submission import Submission
from batchff.pipeline.transfer.downloader import Downloader, Fetched

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class Fetcher:
    """Downloads outputs within its block, as many at a time as other downloads do."""

    def __init__(self, submission: Submission, storage: Storage, reporter: Reporter) -> None:
        self._submission = submission
        self._storage = storage
        self._reporter = reporter
        self._downloader = Downloader(
            submission.folder,
            submission.plan.outputs.container,
            storage,
            reporter,
            overwrite=submission.options.overwrite,
            former=submission.earlier.former,
        )
        self._pool = ThreadPoolExecutor(FILES_AT_A_TIME, thread_name_prefix="batchff-fetch")
        self._stop = StopFlag()
        self._lock = threading.Lock()
        self._existing: dict[str, BlobInfo] = {}
        self._left: dict[str, int] = {}
        self._uses = Counter(blob for item in submission.items for blob in item.inputs)
        self._counts: Counter[Fetched] = Counter()
        self._errors: list[BaseException] = []

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def list_existing(self) -> None:
        """List the outputs that exist already: a listing replaces a request for each."""
        place = self._submission.plan.outputs
        listing = self._storage.list_blobs(place.container, place.prefix)
        self._existing = {blob.name: blob for blob in listing}

    def start(self) -> None:
        """Report how many files are to be downloaded, and begin with those that are there."""
        submission = self._submission
        counts = submission.plan.counts
        outputs = counts.outputs + counts.done_outputs + len(submission.carried)
        self._reporter.report(DownloadStarted(outputs, None))
        for output in submission.carried:
            self._pool.submit(self._fetch, output)
        for item in submission.items:
            self.fetch(item, item.done_before)

    def fetch(self, item: Item, outputs: tuple[Output, ...]) -> None:
        """Have outputs of an item downloaded; returns at once."""
        for output in outputs:
            self._pool.submit(self._fetch, output, item)

    def finish(self) -> int:
        """Return how many outputs are downloaded, once all are.

        Raises TransferError where some could not be.
        """
        self._pool.shutdown(wait=True)
        kept, unchanged = self._counts[Fetched.SOURCE_KEPT], self._counts[Fetched.UNCHANGED]
        fetched = self._counts.total() - kept
        self._reporter.report(DownloadEnded(fetched, unchanged, kept))
        for error in self._errors:
            if not isinstance(error, BatchffError):
                raise error
        if self._errors:
            first, failed = self._errors[0], len(self._errors)
            raise TransferError(
                f"{failed} of {fetched + failed} outputs aren't downloaded: {first}",
                hint=f"get what is missing with: batchff download {self._submission.plan.job}",
            ) from first
        return fetched

    def _fetch(self, output: Output, item: Item | None = None) -> None:
        try:
            with stoppable(self._stop.check):
                if output.is_folder:
                    fetched = self._downloader.download_folder(output, self._stop)
                else:
                    existing = self._existing.get(output.blob)
                    fetched = self._downloader.download(output, self._stop, existing)
                self._note(item, fetched)
        except Stopped:
            return
        except BaseException as error:
            if isinstance(error, BatchffError):
                self._reporter.report(Warned(error.message))
            self._errors.append(error)

    def _note(self, item: Item | None, fetched: Fetched) -> None:
        """Count an output; after the last one of its item, delete inputs that have no more use."""
        useless: list[str] = []
        with self._lock:
            self._counts[fetched] += 1
            if item is None:
                return
            left = self._left.get(item.relative, len(item.outputs)) - 1
            self._left[item.relative] = left
            if not left:
                self._uses.subtract(item.inputs)
                useless = [blob for blob in item.inputs if not self._uses[blob]]
        if self._submission.options.tidy:
            for blob in useless:
                self._storage.delete_blob(self._submission.plan.input_container, blob)
