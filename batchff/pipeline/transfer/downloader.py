"""Downloads single outputs: each to a partial file or folder, which is renamed when it's whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.events import Notice
from batchff.events.download import BytesDownloaded, FileDownloaded
from batchff.model.files import BlobInfo
from batchff.model.items import Output
from batchff.node.files import KEPT_MARK
from batchff.pipeline.parallel import StopFlag
from batchff.pipeline.transfer.folders import (
    fetch_manifest,
    fill_folder,
    is_same_folder,
    move_folder,
)
from batchff.pipeline.transfer.partials import partial_file, partial_folder
from batchff.pipeline.transfer.targets import (
    Target,
    Targets,
    as_transfer_errors,
    is_the_same,
    taken_by_another,
)

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class Fetched(Enum):
    """What became of an output that was to be downloaded."""

    NEW = auto()
    UNCHANGED = auto()
    SOURCE_KEPT = auto()
    """There is none: it would not have been smaller than its source."""


class Downloader:
    """Downloads blobs to files below one folder, from any number of threads.

    What is at an output's place already stays, unless `overwrite` is set or it's one of the
    `former` outputs of that path, as it was downloaded.
    """

    def __init__(
        self,
        folder: Path,
        container: str,
        storage: Storage,
        reporter: Reporter,
        overwrite: bool = False,
        former: Mapping[str, Sequence[BlobInfo]] | None = None,
    ) -> None:
        self._targets = Targets(folder, former or {}, overwrite=overwrite)
        self._container = container
        self._storage = storage
        self._reporter = reporter

    def download(self, output: Output, stop: StopFlag, info: BlobInfo | None = None) -> Fetched:
        """Download an output to its path unless it's there unchanged; return what was done.

        `info` is the blob as a listing showed it: that saves a request. Nothing is put there where
        the output only says that the source is kept. Raises NotFoundError if the
        blob doesn't exist, and TransferError if not all of it came, or if its path is taken.
        """
        target = self._targets.take(output.relative)
        with as_transfer_errors(target):
            if os.path.lexists(target.path):
                # An unchanged file needs no download, so the blob's size and hash are needed first.
                info = info or self._storage.blob_info(self._container, output.blob)
                if is_the_same(target.path, info):
                    self._targets.remember(target)
                    _set_time(target.path, output)
                    self._report(target, info, skipped=True)
                    return Fetched.UNCHANGED
                self._targets.refuse_to_replace(target)
            info, fetched = self._fetch(output.blob, target, info, stop)
            if fetched is Fetched.NEW or target.path.exists():
                _set_time(target.path, output)
        if fetched is not Fetched.SOURCE_KEPT:
            self._report(target, info, skipped=fetched is Fetched.UNCHANGED)
        return fetched

    def download_folder(self, output: Output, stop: StopFlag) -> Fetched:
        """Download an output of many files: all that its manifest names, or nothing.

        Returns what was done. Raises TransferError where not all
        of it came, or another folder is at its place.
        """
        blob = output.blob
        files = fetch_manifest(blob, self._container, self._storage)
        target = self._targets.take(output.relative)
        size = sum(file.size for file in files)
        with as_transfer_errors(target):
            is_same = is_same_folder(target.path, files)
            if not is_same:
                self._targets.refuse_folder(target)
                try:
                    with partial_folder(target.path.parent) as partial:
                        fill_folder(
                            partial, blob, files, self._container, self._storage, self._moved(stop)
                        )
                        move_folder(partial, target.path, overwrite=self._targets.overwrite)
                except FileExistsError:
                    # Another process may have downloaded the same meanwhile.
                    is_same = is_same_folder(target.path, files)
                    if not is_same:
                        raise taken_by_another(target) from None
            for file in files:
                _set_time(target.path / file.path, output)
        self._reporter.report(FileDownloaded(target.relative, str(target.shown), size, is_same))
        return Fetched.UNCHANGED if is_same else Fetched.NEW

    def _moved(self, stop: StopFlag) -> Callable[[int], None]:
        """Return what counts bytes as they come, and ends the download when it's stopped."""

        def moved(count: int) -> None:
            stop.check()
            if count:
                self._reporter.report(BytesDownloaded(count))

        return moved

    def _fetch(
        self, blob: str, target: Target, info: BlobInfo | None, stop: StopFlag
    ) -> tuple[BlobInfo, Fetched]:
        """Return what the blob is, and whether this download put it at its place."""
        with partial_file(target.path.parent) as partial:
            fetched = self._storage.download_file(
                self._container,
                blob,
                partial,
                bytes_done=self._moved(stop),
                size=info.size if info else None,
            )
            if fetched.size == len(KEPT_MARK) and self._says_kept(blob):
                words = "not made: it would not be smaller enough, so its source is kept"
                self._reporter.report(Notice(f"{target.relative}: {words}"))
                return fetched, Fetched.SOURCE_KEPT
            is_new = self._targets.put(partial, target, fetched)
            return fetched, Fetched.NEW if is_new else Fetched.UNCHANGED

    def _says_kept(self, blob: str) -> bool:
        size = len(KEPT_MARK)
        return self._storage.read_piece(self._container, blob, 0, size) == KEPT_MARK

    def _report(self, target: Target, blob: BlobInfo, *, skipped: bool) -> None:
        self._reporter.report(
            FileDownloaded(target.relative, str(target.shown), blob.size, skipped)
        )


def _set_time(path: Path, output: Output) -> None:
    """Give a file its source's time, if the output is to have it; never one behind a link."""
    time = output.modified_ns
    if time is not None and not path.is_symlink() and path.stat().st_mtime_ns != time:
        os.utime(path, ns=(time, time))
