"""Download: a job's outputs become files of the same tree, each checked and renamed in one step."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage, file_md5
from batchff.errors import NotFoundError, TransferError
from batchff.events import Warned
from batchff.events.download import BytesDownloaded, DownloadEnded, DownloadStarted, FileDownloaded
from batchff.model.files import BlobInfo
from batchff.model.items import Output
from batchff.pipeline.names import media_prefix, relative_path
from batchff.pipeline.outputs import JobOutputs, OutputPlace, list_outputs, shown_by
from batchff.pipeline.parallel import Done, StopFlag, in_parallel
from batchff.pipeline.transfer.folders import (
    fetch_manifest,
    fill_folder,
    is_same_folder,
    move_folder,
)
from batchff.pipeline.transfer.partials import (
    move_partial,
    partial_file,
    partial_folder,
    remove_stale_partials,
)
from batchff.wording import counted, some_of

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Downloaded:
    """How many outputs were downloaded, and to which folder; `unchanged` ones were there already.

    `files` counts outputs: a folder of many files is one.
    """

    folder: Path
    files: int
    unchanged: int
    bytes: int


def download(
    place: OutputPlace,
    *,
    folder: Path,
    storage: Storage,
    reporter: Reporter,
    overwrite: bool = False,
    planned: Iterable[Output] = (),
) -> Downloaded:
    """Download a job's outputs to a folder.

    `planned` are those of its outputs that are folders, get their source's time, or are in the
    folder of an earlier job that made them, and at a shared place all. An output that can't be
    downloaded is reported and doesn't stop the others; TransferError is raised after the last.
    Something else at an output's place stays, unless `overwrite` is set.
    """
    planned = tuple(planned)
    outputs = JobOutputs(place.job, planned)
    keeps_times = any(output.modified_ns is not None for output in planned)
    listed = list_outputs(place, outputs, storage, metadata=keeps_times)
    if not place.is_shared:
        listed += _of_earlier_jobs(planned, place, storage)
    blobs = outputs.apart_from_contents(listed)
    reporter.report(DownloadStarted(len(blobs), sum(blob.size for blob in listed)))
    downloader = Downloader(folder, place.container, storage, reporter, overwrite=overwrite)
    errors = []
    unchanged = 0

    def fetch(blob: BlobInfo, stop: StopFlag) -> bool:
        output = outputs.output_of(blob.name) or _carried(blob, place)
        if output.is_folder:
            return downloader.download_folder(output, stop)
        return downloader.download(output, stop, blob)

    for outcome in in_parallel(fetch, blobs):
        if isinstance(outcome, Done):
            unchanged += not outcome.result
        else:
            reporter.report(Warned(outcome.error.message))
            errors.append(outcome.error)
    reporter.report(DownloadEnded(len(blobs) - len(errors), unchanged))
    if errors:
        raise TransferError(
            f"{len(errors)} of {len(blobs)} outputs aren't downloaded: {errors[0].message}",
            hint=errors[0].hint or f"get what is missing with: batchff download {place.job}",
        ) from errors[0]
    return Downloaded(folder, len(blobs), unchanged, sum(blob.size for blob in listed))


def _of_earlier_jobs(
    planned: Iterable[Output], place: OutputPlace, storage: Storage
) -> list[BlobInfo]:
    """Return the blobs of the outputs that are in other jobs' folders.

    Raises NotFoundError where one is gone: somebody removed it.
    """
    others = [output for output in planned if not output.blob.startswith(place.prefix)]
    there = JobOutputs("", others)
    prefixes = {media_prefix(output.blob.partition("/")[0]) for output in others}
    blobs = [
        blob
        for prefix in sorted(prefixes)
        for blob in storage.list_blobs(place.container, prefix)
        if there.names_blob(blob.name)
    ]
    names = {blob.name for blob in blobs}
    gone = [output.relative for output in others if shown_by(output) not in names]
    if gone:
        raise NotFoundError(
            f"{counted(len(gone), 'output')} of earlier jobs {'is' if len(gone) == 1 else 'are'} "
            f"gone from container {place.container!r}: {some_of([repr(each) for each in gone], 3)}",
            hint="submit the same files again: what is gone is made again",
        )
    return blobs


def _carried(blob: BlobInfo, place: OutputPlace) -> Output:
    """Return the output that a blob is by its name; one that was carried has its time with it."""
    modified_ns = blob.batchff.modified_ns if blob.batchff else None
    relative = relative_path(blob.name.removeprefix(place.prefix))
    return Output(relative, blob.name, modified_ns=modified_ns)


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
        self._places = _Places(folder, former or {}, overwrite=overwrite)
        self._container = container
        self._storage = storage
        self._reporter = reporter

    def download(self, output: Output, stop: StopFlag, info: BlobInfo | None = None) -> bool:
        """Download an output to its path unless it's there unchanged; return whether it was.

        `info` is what a listing said of the blob: it saves a request. Raises NotFoundError where
        there's no such blob, and TransferError where not all of it came, or its place is taken.
        """
        place = self._places.take(output.relative)
        with _told_if_not_written(place):
            if os.path.lexists(place.path):
                # An unchanged file needs no download, so the blob's size and hash are needed first.
                info = info or self._storage.blob_info(self._container, output.blob)
                if _is_the_same(place.path, info):
                    self._places.remember(place)
                    _set_time(place.path, output)
                    self._report(place, info, skipped=True)
                    return False
                self._places.refuse_to_replace(place)
            info, is_new = self._fetch(output.blob, place, info, stop)
            _set_time(place.path, output)
        self._report(place, info, skipped=not is_new)
        return is_new

    def download_folder(self, output: Output, stop: StopFlag) -> bool:
        """Download an output of many files: what its manifest names, the whole or nothing.

        Returns whether it was downloaded, not there unchanged. Raises TransferError where not all
        of it came, or another folder is at its place.
        """
        blob = output.blob
        files = fetch_manifest(blob, self._container, self._storage)
        place = self._places.take(output.relative)
        size = sum(file.size for file in files)
        with _told_if_not_written(place):
            is_same = is_same_folder(place.path, files)
            if not is_same:
                self._places.refuse_folder(place)
                try:
                    with partial_folder(place.path.parent) as partial:
                        fill_folder(
                            partial, blob, files, self._container, self._storage, self._moved(stop)
                        )
                        move_folder(partial, place.path, overwrite=self._places.overwrite)
                except FileExistsError:
                    # Another process may have downloaded the same meanwhile.
                    is_same = is_same_folder(place.path, files)
                    if not is_same:
                        raise _is_there_already(place) from None
            for file in files:
                _set_time(place.path / file.path, output)
        self._reporter.report(FileDownloaded(place.relative, str(place.shown), size, is_same))
        return not is_same

    def _moved(self, stop: StopFlag) -> Callable[[int], None]:
        """Return what counts bytes as they come, and ends the download when it's stopped."""

        def moved(count: int) -> None:
            stop.check()
            if count:
                self._reporter.report(BytesDownloaded(count))

        return moved

    def _fetch(
        self, blob: str, place: _Place, info: BlobInfo | None, stop: StopFlag
    ) -> tuple[BlobInfo, bool]:
        """Return what the blob is, and whether this download put it at its place."""
        with partial_file(place.path.parent) as partial:
            fetched = self._storage.download_file(
                self._container,
                blob,
                partial,
                bytes_done=self._moved(stop),
                size=info.size if info else None,
            )
            return fetched, self._places.put(partial, place, fetched)

    def _report(self, place: _Place, blob: BlobInfo, *, skipped: bool) -> None:
        self._reporter.report(FileDownloaded(place.relative, str(place.shown), blob.size, skipped))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an output goes.

    `shown` is the path as the user writes it, `path` the same file with no link among its folders.
    """

    relative: str
    shown: Path
    path: Path


class _Places:
    """Where outputs go below one folder: never outside it, and never two to one file."""

    def __init__(
        self, folder: Path, former: Mapping[str, Sequence[BlobInfo]], *, overwrite: bool
    ) -> None:
        self.overwrite = overwrite
        self._former = former
        self._folder = folder
        self._made: dict[str, Path] = {}
        self._taken: dict[tuple[int, int], _Place] = {}
        self._lock = threading.Lock()

    def take(self, relative: str) -> _Place:
        """Return an output's place, with its folder made.

        Raises TransferError for a name, or a link, that would lead out of the folder.
        """
        parts = relative.split("/")
        leads_elsewhere = {"", ".", ".."} & set(parts)
        if leads_elsewhere or "\0" in relative or any(_is_special(part) for part in parts):
            raise TransferError(
                f"output {relative!r} has a name that can't be a file here",
                hint="download it with another tool",
            )
        shown = self._folder.joinpath(*parts)
        folder = relative.rpartition("/")[0]
        with self._lock:
            if folder not in self._made:
                self._made[folder] = self._make_folder(shown.parent)
            return _Place(relative, shown, self._made[folder] / parts[-1])

    def _make_folder(self, shown: Path) -> Path:
        """Make a folder below the outputs' own; return its path without links."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            top = Path(os.path.realpath(self._folder))
            folder = Path(os.path.realpath(shown))
            if not folder.is_relative_to(top):
                raise TransferError(
                    f"{str(shown)!r} leads out of the outputs' folder by a link",
                    hint="remove the link, or choose another folder",
                )
            folder.mkdir(parents=True, exist_ok=True)
            if folder not in self._made.values():  # in ours, partial files are being written
                remove_stale_partials(folder)
        except OSError as error:
            raise TransferError(
                f"can't make the folder {str(shown)!r}: {error.strerror}",
                hint="choose another folder",
            ) from error
        return folder

    def refuse_to_replace(self, place: _Place) -> None:
        """Raise TransferError where there is a file that must stay."""
        if not os.path.lexists(place.path):
            return
        self._refuse_one_file_for_two(place)
        if place.path.is_dir() or not self._may_replace(place):
            raise _is_there_already(place)

    def _may_replace(self, place: _Place) -> bool:
        """Return whether what is at a place may go, if something is: a folder never does."""
        former = self._former.get(place.relative, ())
        return self.overwrite or any(_is_the_same(place.path, blob) for blob in former)

    def refuse_folder(self, place: _Place) -> None:
        """Raise TransferError where something is there that a folder may not replace."""
        if not os.path.lexists(place.path):
            return
        if not place.path.is_dir():
            raise TransferError(
                f"{str(place.shown)!r} is there already, and is no folder",
                hint="choose another folder, or remove that file",
            )
        if not self.overwrite:
            raise TransferError(
                f"{str(place.shown)!r} is there already, and has other files",
                hint="choose another folder, or replace all of it with --overwrite",
            )

    def put(self, partial: FileIO, place: _Place, blob: BlobInfo) -> bool:
        """Move a whole file to its place in one step; return whether it went there.

        It doesn't where another process has downloaded the same file meanwhile.
        """
        with self._lock:
            replaces = self._may_replace(place)
            if replaces:
                self.refuse_to_replace(place)
            else:
                self._refuse_one_file_for_two(place)
            identity = _identity(os.fstat(partial.fileno()))
            try:
                moment = blob.modified.timestamp()
                move_partial(partial, place.path, modified=moment, overwrite=replaces)
            except FileExistsError:
                pass
            else:
                self._taken[identity] = place
                return True
        if not _is_the_same(place.path, blob):
            raise _is_there_already(place)
        self.remember(place)
        return False

    def remember(self, place: _Place) -> None:
        """Note that an output now is at this path."""
        with suppress(FileNotFoundError):
            self._taken[_identity(place.path.lstat())] = place

    def _refuse_one_file_for_two(self, place: _Place) -> None:
        with suppress(FileNotFoundError):
            found = place.path.lstat()
            other = self._taken.get(_identity(found))
            # Once another process has replaced a file, a new one may have its number.
            if other is not None and os.path.samestat(other.path.lstat(), found):
                raise TransferError(
                    f"{place.relative!r} and {other.relative!r} are one file on this file system",
                    hint="download to one that tells them apart",
                )


@contextmanager
def _told_if_not_written(place: _Place) -> Iterator[None]:
    """Raise TransferError for what keeps an output from being written."""
    try:
        yield
    except OSError as error:
        raise TransferError(
            f"can't write {str(place.shown)!r}: {error.strerror}",
            hint="choose another folder",
        ) from error


def _is_there_already(place: _Place) -> TransferError:
    if place.path.is_dir():  # what a folder holds is never overwritten
        return TransferError(
            f"{str(place.shown)!r} is there already, and is a folder",
            hint="choose another folder, or remove that one",
        )
    return TransferError(
        f"{str(place.shown)!r} is there already, and isn't the same",
        hint="choose another folder, or replace it with --overwrite",
    )


def _is_the_same(path: Path, blob: BlobInfo) -> bool:
    """Return whether a file has a blob's bytes.

    The blob's time is set on whole files alone, so a file that has it isn't hashed. The time of a
    file behind a link proves nothing: no download makes links.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != blob.size:
            return False
        has_its_time = status.st_mtime == blob.modified.timestamp()
        return (has_its_time and not path.is_symlink()) or file_md5(path) == blob.md5
    except FileNotFoundError:
        return False


def _set_time(path: Path, output: Output) -> None:
    """Give a file its source's time, if the output is to have it; never one behind a link."""
    time = output.modified_ns
    if time is not None and not path.is_symlink() and path.stat().st_mtime_ns != time:
        os.utime(path, ns=(time, time))


def _is_special(part: str) -> bool:
    return os.sep != "/" and (os.sep in part or ":" in part)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
