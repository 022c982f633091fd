"""Upload: files become blobs of an input set; a file whose blob is unchanged isn't sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage, file_md5
from batchff.errors import TransferError
from batchff.events import Warned
from batchff.events.upload import BytesUploaded, FileUploaded, UploadEnded, UploadStarted
from batchff.model.blob_facts import BlobFacts
from batchff.model.files import BlobInfo, Source
from batchff.pipeline.containers import ensure_container
from batchff.pipeline.fingerprints import version_of
from batchff.pipeline.names import input_blob, input_prefix
from batchff.pipeline.parallel import Done, StopFlag, in_parallel

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


class SourceChangedError(TransferError):
    """A file is another one than when it was found: somebody still writes it."""

    reason = "it changed while it was sent: it may still be growing"

    def __init__(self, source: Source) -> None:
        super().__init__(
            f"{source.relative!r} changed while it was sent",
            hint="wait until it's complete and give the command again",
        )


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file whose blob is there; `version` identifies its content."""

    source: Source
    version: str


def upload(
    sources: Sequence[Source],
    *,
    input_set: str,
    container: str,
    storage: Storage,
    reporter: Reporter,
    stop: StopFlag | None = None,
    fail_fast: bool = False,
    changed: Callable[[Source, str], None] | None = None,
) -> Iterator[Uploaded]:
    """Yield each file once its blob exists, sent now or found unchanged.

    A file that can't be sent is reported and doesn't stop the others, unless `fail_fast` is set;
    TransferError is raised after the last. A file that changed while it was sent is handed to
    `changed` with the reason, if that is given: it's no error then. Once `stop` is set, Stopped is
    raised.
    """
    stop = stop or StopFlag()
    ensure_container(container, storage, reporter, pause=stop.pause)
    listing = storage.list_blobs(container, input_prefix(input_set), metadata=True)
    existing = {blob.name: blob for blob in listing}
    reporter.report(UploadStarted(len(sources), sum(source.size for source in sources)))
    errors = []
    uploaded = unchanged = 0

    def send(source: Source, stop: StopFlag) -> SentFile:
        def moved(count: int) -> None:
            stop.check()
            if count:
                reporter.report(BytesUploaded(count))

        blob = input_blob(input_set, source.relative)
        facts = BlobFacts(modified_ns=source.modified_ns)
        return send_file(source, blob, existing.get(blob), facts, container, storage, stop, moved)

    for outcome in in_parallel(send, sources, stop=stop):
        if isinstance(outcome, Done):
            source, sent = outcome.item, outcome.result
            blob = input_blob(input_set, source.relative)
            uploaded += 1
            unchanged += not sent.is_new
            reporter.report(FileUploaded(source.relative, blob, source.size, not sent.is_new))
            yield Uploaded(source, sent.version)
        elif changed is not None and isinstance(outcome.error, SourceChangedError):
            changed(outcome.item, outcome.error.reason)
        else:
            reporter.report(Warned(outcome.error.message))
            errors.append(outcome.error)
            if fail_fast:
                break
    reporter.report(UploadEnded(uploaded, unchanged))
    if errors:
        raise TransferError(
            f"{len(errors)} of {len(sources)} files were not uploaded: {errors[0].message}",
            hint=errors[0].hint or "give the command again: it sends only what is missing",
        ) from errors[0]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file's blob: whether it was sent now, and the `version` of its content."""

    is_new: bool
    version: str


def send_file(
    source: Source,
    blob: str,
    existing: BlobInfo | None,
    facts: BlobFacts,
    container: str,
    storage: Storage,
    stop: StopFlag,
    moved: Callable[[int], None],
) -> SentFile:
    """Send a file unless its blob is unchanged.

    `moved` is called with each count of bytes. Raises TransferError for a file that can't be read,
    or that changed while it was sent.
    """
    if existing is not None and is_unchanged(source, existing, stop):
        return SentFile(False, version_of(existing.md5, existing.etag, existing.size))
    try:
        md5 = storage.upload_file(
            container, blob, source.path, metadata=facts.metadata(), bytes_done=moved
        )
        status = source.path.stat()
    except OSError as error:
        raise _unreadable(source, error) from error
    if (status.st_size, status.st_mtime_ns) != (source.size, source.modified_ns):
        storage.delete_blob(container, blob)
        raise SourceChangedError(source)
    return SentFile(True, version_of(md5, "", source.size))


def is_unchanged(source: Source, existing: BlobInfo | None, stop: StopFlag | None = None) -> bool:
    """Return whether a blob holds what the file has, by size and time, or else by its MD5.

    Raises TransferError for a file that can't be read.
    """
    if existing is None or existing.size != source.size:
        return False
    if existing.batchff and existing.batchff.modified_ns == source.modified_ns:
        return True
    stop = stop or StopFlag()
    try:
        md5 = file_md5(source.path, stop.is_set)
    except OSError as error:
        raise _unreadable(source, error) from error
    stop.check()
    return md5 == existing.md5


def _unreadable(source: Source, error: OSError) -> TransferError:
    return TransferError(f"can't read {source.relative!r}: {error.strerror}")
