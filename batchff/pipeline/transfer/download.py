"""Download: a job's outputs become files of the same tree, each checked and renamed in one step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError, TransferError
from batchff.events import Warned
from batchff.events.download import DownloadEnded, DownloadStarted
from batchff.model.files import BlobInfo
from batchff.model.items import Output
from batchff.node.files import KEPT_MARK
from batchff.pipeline.names import media_prefix, relative_path
from batchff.pipeline.outputs import JobOutputs, OutputPlace, list_outputs, shown_by
from batchff.pipeline.parallel import Done, StopFlag, in_parallel
from batchff.pipeline.transfer.downloader import Downloader, Fetched
from batchff.wording import counted, some_of

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Downloaded:
    """How many outputs were downloaded, and to which folder; `unchanged` ones were there already.

    `files` counts outputs: a folder of many files is one. Of so many files the source is `kept`,
    so that there is no output.
    """

    folder: Path
    files: int
    unchanged: int
    bytes: int
    kept: int = 0


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
    counts: Counter[Fetched] = Counter()

    def fetch(blob: BlobInfo, stop: StopFlag) -> Fetched:
        output = outputs.output_of(blob.name) or _carried(blob, place)
        if output.is_folder:
            return downloader.download_folder(output, stop)
        return downloader.download(output, stop, blob)

    for outcome in in_parallel(fetch, blobs):
        if isinstance(outcome, Done):
            counts[outcome.result] += 1
        else:
            reporter.report(Warned(outcome.error.message))
            errors.append(outcome.error)
    kept = counts[Fetched.SOURCE_KEPT]
    files, unchanged = len(blobs) - kept, counts[Fetched.UNCHANGED]
    reporter.report(DownloadEnded(files - len(errors), unchanged, kept))
    if errors:
        raise TransferError(
            f"{len(errors)} of {len(blobs)} outputs aren't downloaded: {errors[0].message}",
            hint=errors[0].hint or f"get what is missing with: batchff download {place.job}",
        ) from errors[0]
    size = sum(blob.size for blob in listed) - kept * len(KEPT_MARK)
    return Downloaded(folder, files, unchanged, size, kept)


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
            hint="submit the same files again to make them again",
        )
    return blobs


def _carried(blob: BlobInfo, place: OutputPlace) -> Output:
    """Return the output that a blob is by its name; one that was carried has its time with it."""
    modified_ns = blob.batchff.modified_ns if blob.batchff else None
    relative = relative_path(blob.name.removeprefix(place.prefix))
    return Output(relative, blob.name, modified_ns=modified_ns)
