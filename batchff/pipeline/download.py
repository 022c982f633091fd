"""Download: a job's outputs come home, the same tree, each checked and put there in one step."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage, file_md5
from batchff.errors import TransferError
from batchff.events import Warned
from batchff.events.download import BytesDownloaded, DownloadEnded, DownloadStarted, FileDownloaded
from batchff.model.files import BlobInfo
from batchff.pipeline.family import outputs_of
from batchff.pipeline.job_finding import require_our_job
from batchff.pipeline.names import media_prefix, relative_path
from batchff.pipeline.parallel import Done, StopFlag, in_parallel
from batchff.pipeline.stamp import stamped_fact

if TYPE_CHECKING:
    from batchff.cloud.batch import Batch
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What came home, and to which folder; `unchanged` files were there already."""

    folder: Path
    files: int
    unchanged: int
    bytes: int


def find_outputs(job: str, batch: Batch) -> tuple[str, str]:
    """Return what the names of a job's outputs begin with, a job's id, and their container.

    The service finds a job whatever the case its id is written in; blobs' names have only one. A
    job that encodes again what failed in another has its outputs beside that one's.
    """
    status = require_our_job(job, batch)
    container = stamped_fact(status.metadata, "output_container")
    assert container is not None
    return outputs_of(status), container


def download(
    job: str,
    *,
    folder: Path,
    container: str,
    storage: Storage,
    reporter: Reporter,
    overwrite: bool = False,
) -> Downloaded:
    """Bring a job's outputs to a folder.

    A file that can't be brought is told and doesn't stop the others; TransferError is raised after
    the last. A different file that stands at an output's place stays, unless `overwrite` is set.
    """
    prefix = media_prefix(job)
    blobs = [blob for blob in storage.list_blobs(container, prefix) if blob.name != prefix]
    reporter.report(DownloadStarted(len(blobs), sum(blob.size for blob in blobs)))
    homecoming = Homecoming(folder, container, storage, reporter, overwrite=overwrite)
    errors = []
    unchanged = 0

    def bring(blob: BlobInfo, stop: StopFlag) -> bool:
        relative = relative_path(blob.name.removeprefix(prefix))
        return homecoming.bring(relative, blob.name, stop, blob)

    for outcome in in_parallel(bring, blobs):
        if isinstance(outcome, Done):
            unchanged += not outcome.result
        else:
            reporter.report(Warned(outcome.error.message))
            errors.append(outcome.error)
    reporter.report(DownloadEnded(len(blobs) - len(errors), unchanged))
    if errors:
        raise TransferError(
            f"{len(errors)} of {len(blobs)} outputs are not at home: {errors[0].message}",
            hint=errors[0].hint or f"get what is missing with: batchff download {job}",
        ) from errors[0]
    return Downloaded(folder, len(blobs), unchanged, sum(blob.size for blob in blobs))


class Homecoming:
    """Brings blobs to files below one folder, from any number of threads."""

    def __init__(
        self,
        folder: Path,
        container: str,
        storage: Storage,
        reporter: Reporter,
        overwrite: bool = False,
    ) -> None:
        self._places = _Places(folder, overwrite=overwrite)
        self._container = container
        self._storage = storage
        self._reporter = reporter

    def bring(self, relative: str, blob: str, stop: StopFlag, info: BlobInfo | None = None) -> bool:
        """Bring a blob to its path unless it's there unchanged; say whether it was brought.

        `info` saves a question to the service where a listing showed the blob. Raises
        NotFoundError where there's no such blob, and TransferError where it can't come whole, or
        its place is taken.
        """
        path = self._places.take(relative)
        try:
            if os.path.lexists(path):
                # What the blob is must be known before it's asked for.
                info = info or self._storage.blob_info(self._container, blob)
                if _is_the_same(path, info):
                    self._places.remember(path, relative)
                    self._tell(relative, path, info, skipped=True)
                    return False
                self._places.refuse_to_replace(path, relative)
            info = self._fetch(relative, blob, path, info, stop)
        except OSError as error:
            raise TransferError(
                f"can't write {str(path)!r}: {error.strerror}",
                hint="choose another folder with --to",
            ) from error
        self._tell(relative, path, info, skipped=False)
        return True

    def _fetch(
        self, relative: str, blob: str, path: Path, info: BlobInfo | None, stop: StopFlag
    ) -> BlobInfo:
        def moved(count: int) -> None:
            stop.check()
            if count:
                self._reporter.report(BytesDownloaded(count))

        partial = path.with_name(f".batchff-{hashlib.sha256(blob.encode()).hexdigest()[:16]}")
        try:
            fetched = self._storage.download_file(
                self._container, blob, partial, bytes_done=moved, size=info.size if info else None
            )
            # The time marks the file as this very blob, for blobs without an MD5.
            moment = fetched.modified.timestamp()
            os.utime(partial, (moment, moment))
            self._places.put(partial, path, relative)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return fetched

    def _tell(self, relative: str, path: Path, blob: BlobInfo, *, skipped: bool) -> None:
        self._reporter.report(FileDownloaded(relative, str(path), blob.size, skipped))


class _Places:
    """Where outputs go below one folder: never outside it, and never two to one file."""

    def __init__(self, folder: Path, *, overwrite: bool) -> None:
        self._folder = folder
        self._overwrite = overwrite
        self._made: set[str] = set()
        self._taken: dict[tuple[int, int], str] = {}
        self._lock = threading.Lock()

    def take(self, relative: str) -> Path:
        """Return an output's path, with its folder made.

        Raises TransferError for a name that would lead out of the folder.
        """
        parts = relative.split("/")
        leads_elsewhere = {"", ".", ".."} & set(parts)
        if leads_elsewhere or "\0" in relative or any(_is_special(part) for part in parts):
            raise TransferError(
                f"output {relative!r} has a name that can't be a file here",
                hint="download it with another tool",
            )
        path = self._folder.joinpath(*parts)
        folder = relative.rpartition("/")[0]
        if folder not in self._made:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise TransferError(
                    f"can't make the folder {str(path.parent)!r}: {error.strerror}",
                    hint="choose another folder with --to",
                ) from error
            self._made.add(folder)
        return path

    def refuse_to_replace(self, path: Path, relative: str) -> None:
        """Raise TransferError where a file stands that must stay."""
        if not os.path.lexists(path):
            return
        if (other := self._taken.get(_identity(path))) is not None:
            raise TransferError(
                f"{relative!r} and {other!r} are one file on this file system",
                hint="download to one that tells them apart",
            )
        if path.is_dir() or not self._overwrite:
            raise TransferError(
                f"{str(path)!r} is there already, and isn't the same",
                hint="choose another folder with --to, or replace it with --overwrite",
            )

    def put(self, partial: Path, path: Path, relative: str) -> None:
        """Move a whole file to its place in one step, unless another came there meanwhile."""
        with self._lock:
            self.refuse_to_replace(path, relative)
            partial.replace(path)
            self.remember(path, relative)

    def remember(self, path: Path, relative: str) -> None:
        """Note that an output now is at this path."""
        self._taken[_identity(path)] = relative


def _is_the_same(path: Path, blob: BlobInfo) -> bool:
    if not path.is_file() or (status := path.stat()).st_size != blob.size:
        return False
    return status.st_mtime == blob.modified.timestamp() or file_md5(path) == blob.md5


def _is_special(part: str) -> bool:
    return os.sep != "/" and (os.sep in part or ":" in part)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
