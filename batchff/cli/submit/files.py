"""The files of a submit: on this machine, or in storage already; and a try of one of them."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cli.options.recipes import Chosen
from batchff.cli.options.shared import warn_of_unmatched
from batchff.cli.options.trying import is_untried, try_on_picture, try_recipes
from batchff.errors import UsageError
from batchff.events import Warned
from batchff.model.files import BadFile, BlobSource, Source
from batchff.model.places import BlobPlace
from batchff.node.files import node_input_name
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.cloud_media.open import OpenedMedia, open_media
from batchff.pipeline.inspect.look import look_into_blobs, look_into_files
from batchff.pipeline.sources import FoundMedia, nothing_left
from batchff.pipeline.submit.planning.files import (
    PlannedFiles,
    Wanted,
    plan_blobs,
    plan_files,
)
from batchff.pipeline.submit.planning.request import JobRequest

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.cloud.storage import Storage
    from batchff.console.reporter import Reporter
    from batchff.model.inspection import Inspected
    from batchff.pipeline.submit.planning.submission import SubmitOptions

LARGEST_TRIED = 64 * 1024 * 1024
"""A blob up to this size is downloaded to try what ffmpeg is to do on it."""


def planned_files(
    wanted: Wanted,
    request: JobRequest,
    options: SubmitOptions,
    out: Path | None,
    invocation: Invocation,
) -> PlannedFiles:
    """Find the files that are wanted, and name all that becomes of them.

    Raises UsageError for a SAS or options that can't be used, and as the stage does.
    """
    if wanted.selection.carry and request.to is not None:
        raise UsageError(
            "--carry puts files beside outputs that are downloaded, and --to writes outputs to "
            "storage",
            hint="leave out one of them",
        )
    console = invocation.console
    if wanted.place is None:
        planned = plan_files(
            wanted,
            request,
            out,
            downloads=options.downloads,
            look=lambda sources: look_into_files(sources, console),
        )
        if isinstance(planned.found, FoundMedia):
            warn_of_unmatched(planned.found, console)
        _refuse_bad(planned, options)
        return planned
    _refuse_local(wanted, request, options)
    media = open_media(wanted.place, invocation.storage, datetime.now(UTC))
    _warn_of_sas(media, console)
    planned = plan_blobs(
        media,
        wanted.selection,
        request,
        out,
        console,
        downloads=options.downloads,
        look=lambda found, account: _looked_into(found, account, console),
    )
    _refuse_bad(planned, options)
    return planned


def _refuse_bad(planned: PlannedFiles, options: SubmitOptions) -> None:
    """Raise InputError where the first failure is to stop the job, and one is known already."""
    bad = [BadFile(file.relative, file.size, file.bad) for file in planned.files if file.bad]
    if options.fail_fast and bad:
        raise nothing_left(bad)


def _looked_into(found: FoundBlobs, storage: Storage, console: Reporter) -> list[Inspected]:
    looked = look_into_blobs(found.sources, found.place.container, storage, console)
    return [inspected for _, inspected in looked]


def _refuse_local(wanted: Wanted, request: JobRequest, options: SubmitOptions) -> None:
    """Raise UsageError for options that need files on this machine."""
    if options.tidy:
        raise UsageError(
            "--tidy deletes files that batchff uploaded, and it didn't upload this media",
            hint="leave it out: media that was in storage before stays there",
        )
    for option, given in (("--with", request.beside), ("--carry", wanted.selection.carry)):
        if given:
            raise UsageError(
                f"{option} takes files beside sources on this machine, and yours are in storage",
                hint="leave it out, or download the media first",
            )


def _warn_of_sas(media: OpenedMedia, console: Reporter) -> None:
    """Report what nodes can do with a SAS beside reading, and that its end isn't known."""
    sas = media.sas
    if sas is None:
        return
    if sas.excess:
        console.report(
            Warned(
                f"the SAS allows to {' and to '.join(sas.excess)} as well, and nodes get this SAS; "
                "one that only reads and lists is safer"
            )
        )
    if sas.ends is None:
        console.report(
            Warned(
                "a stored access policy says when the SAS ends, so batchff can't check it: tasks "
                "that start later fail"
            )
        )


def try_files(chosen: Chosen, files: PlannedFiles, invocation: Invocation) -> bool:
    """Try what ffmpeg is to do on one of the files; return whether that could be done.

    Of media in storage it downloads the first file that isn't large; if there is none, it takes a
    test picture. It tries nothing if the job exists already. Raises as `try_recipes` does.
    """
    found, console = files.found, invocation.console
    here = invocation.profile.has_nodes_here
    recipes = {
        item.relative: [files.recipes[task.recipe] for task in item.tasks]
        for item in files.items
        if item.tasks
    }
    if not isinstance(found, FoundBlobs):
        first = next(source for source in found.sources if source.relative in recipes)
        made = recipes[first.relative]
        return try_recipes(chosen, first, made, files.beside, console, here=here)
    if invocation.batch.jobs.get(files.job) is not None:
        return False
    if is_untried(chosen, console, here=here):
        return False
    fit = (blob for blob in found.sources if blob.relative in recipes)
    small = next((blob for blob in fit if blob.size <= LARGEST_TRIED), None)
    if small is None:
        return try_on_picture(chosen, console)
    account = open_media(found.place, invocation.storage, datetime.now(UTC)).account
    with tempfile.TemporaryDirectory(prefix="batchff-") as folder:
        path = Path(folder, node_input_name(small.relative))
        source = _downloaded(small, found.place, account, path)
        made = recipes[small.relative]
        return try_recipes(chosen, source, made, files.beside, console, here=here)


def _downloaded(blob: BlobSource, place: BlobPlace, storage: Storage, path: Path) -> Source:
    with FileIO(path, "xb+") as file:
        storage.download_file(
            place.container, blob.blob, file, bytes_done=lambda _count: None, size=blob.size
        )
    return Source(path, blob.relative, blob.size, 0)
