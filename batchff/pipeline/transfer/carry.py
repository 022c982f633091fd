"""Carry: files that aren't encoded go to where a job's outputs are, and are downloaded too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchff.cloud.storage import Storage
from batchff.errors import TransferError
from batchff.events import Warned
from batchff.events.upload import FilesCarried
from batchff.model.blob_facts import BlobFacts
from batchff.model.files import Source
from batchff.model.items import Output
from batchff.pipeline.names import media_prefix, output_blob
from batchff.pipeline.parallel import Done, StopFlag, in_parallel
from batchff.pipeline.transfer.upload import SentFile, send_file

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def carried_outputs(
    files: Sequence[Source], job: str, *, keep_times: bool = False
) -> tuple[Output, ...]:
    """Return carried files as outputs of a job."""
    return tuple(
        Output(
            file.relative,
            output_blob(job, file.relative),
            modified_ns=file.modified_ns if keep_times else None,
        )
        for file in files
    )


def carry(
    files: Sequence[Source], job: str, container: str, storage: Storage, reporter: Reporter
) -> None:
    """Send files to where a job's outputs are; what is there unchanged isn't sent again.

    A file that can't be sent is reported and doesn't stop the others; TransferError is raised after
    the last. The container must be there.
    """
    if not files:
        return
    listing = storage.list_blobs(container, media_prefix(job), metadata=True)
    existing = {blob.name: blob for blob in listing}

    def send(file: Source, stop: StopFlag) -> SentFile:
        def moved(_count: int) -> None:
            stop.check()

        blob = output_blob(job, file.relative)
        facts = BlobFacts(job, file.modified_ns)
        return send_file(file, blob, existing.get(blob), facts, container, storage, stop, moved)

    errors = []
    for outcome in in_parallel(send, files):
        if not isinstance(outcome, Done):
            reporter.report(Warned(outcome.error.message))
            errors.append(outcome.error)
    reporter.report(FilesCarried(len(files) - len(errors)))
    if errors:
        raise TransferError(
            f"{len(errors)} of {len(files)} files to carry were not sent: {errors[0].message}",
            hint=errors[0].hint or "give the command again: it sends only what is missing",
        ) from errors[0]
