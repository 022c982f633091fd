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
from batchff.ffmpeg.inspection.pool import Inspectors
from batchff.model.files import BadFile, BlobSource, Source
from batchff.model.places import BlobPlace
from batchff.node.files import node_input_name
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.cloud_media.given_sas import read_sas
from batchff.pipeline.inspect.blobs import inspect_blobs
from batchff.pipeline.inspect.local import inspect_sources
from batchff.pipeline.sources import FoundMedia, nothing_left
from batchff.pipeline.submit.files import PlannedFiles, Wanted, plan_blobs, plan_files
from batchff.pipeline.submit.request import JobRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchff.cli.invocation import Invocation
    from batchff.cloud.storage import Storage
    from batchff.console.reporter import Reporter
    from batchff.model.inspection import Inspected
    from batchff.pipeline.submit.submission import SubmitOptions

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

    Raises UsageError for a SAS or options that can't be, and as the stage does.
    """
    if wanted.selection.carry and request.to is not None:
        raise UsageError(
            "--carry puts files beside outputs that are downloaded, and --to writes outputs to "
            "storage",
            hint="leave out the one or the other",
        )
    if wanted.place is None:
        planned = plan_files(
            wanted,
            request,
            out,
            downloads=options.downloads,
            look=lambda sources: _looked_into(sources, invocation.console),
        )
        if isinstance(planned.found, FoundMedia):
            warn_of_unmatched(planned.found, invocation.console)
        _refuse_bad(planned, options)
        return planned
    _refuse_local(wanted, request, options)
    storage = invocation.storage
    place, one_blob = _opened(wanted.place, storage, invocation)
    planned = plan_blobs(
        place,
        wanted.selection,
        request,
        out,
        storage,
        invocation.console,
        downloads=options.downloads,
        one_blob=one_blob,
        look=lambda found, account: _looked_into_blobs(found, account, invocation.console),
    )
    _refuse_bad(planned, options)
    return planned


def _refuse_bad(planned: PlannedFiles, options: SubmitOptions) -> None:
    """Raise InputError where the first failure is to stop the job, and one is known already."""
    bad = [BadFile(file.relative, file.size, file.bad) for file in planned.files if file.bad]
    if options.fail_fast and bad:
        raise nothing_left(bad)


def _looked_into(
    sources: Sequence[Source], console: Reporter
) -> Iterator[tuple[Source, Inspected]]:
    with Inspectors() as inspectors:
        yield from inspect_sources(sources, inspectors, console)


def _looked_into_blobs(found: FoundBlobs, storage: Storage, console: Reporter) -> list[Inspected]:
    with Inspectors() as inspectors:
        looked = inspect_blobs(
            found.sources,
            container=found.place.container,
            storage=storage,
            inspectors=inspectors,
            reporter=console,
        )
    return [inspected for _, inspected in looked]


def _refuse_local(wanted: Wanted, request: JobRequest, options: SubmitOptions) -> None:
    """Raise UsageError for options that need files on this machine."""
    if options.tidy:
        raise UsageError(
            "--tidy deletes what batchff uploaded, and this media it didn't upload",
            hint="leave it out: what is in storage already stays there",
        )
    for option, given in (("--with", request.beside), ("--carry", wanted.selection.carry)):
        if given:
            raise UsageError(
                f"{option} takes files beside sources on this machine, and these are in storage",
                hint="leave it out, or download the media first",
            )


def _opened(place: BlobPlace, storage: Storage, invocation: Invocation) -> tuple[BlobPlace, bool]:
    """Check the SAS of a URL; return the place, and whether that SAS is for one blob alone."""
    if not place.endpoint:
        return place, False
    if not place.sas and place.endpoint == storage.endpoint:
        return BlobPlace(place.container, place.prefix), False
    sas = read_sas(place.sas, datetime.now(UTC))
    if sas.excess:
        invocation.console.report(
            Warned(
                f"the SAS allows to {' and to '.join(sas.excess)} as well, and nodes get it as it "
                "is; one that only reads and lists is safer"
            )
        )
    if sas.ends is None:
        invocation.console.report(
            Warned(
                "when the SAS ends is in a stored access policy, and can't be checked: tasks that "
                "start after that fail"
            )
        )
    return place, sas.one_blob


def try_files(chosen: Chosen, files: PlannedFiles, invocation: Invocation) -> bool:
    """Try what ffmpeg is to do on one of the files; return whether that could be done.

    Of media in storage that's the first that isn't large, downloaded for a moment, or else a test
    picture; where the job exists already, it has been tried. Raises as `try_recipes` does.
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
    storage = invocation.storage
    if found.place.endpoint:
        storage = storage.opened_by(found.place.endpoint, found.place.sas)
    with tempfile.TemporaryDirectory(prefix="batchff-") as folder:
        path = Path(folder, node_input_name(small.relative))
        source = _downloaded(small, found.place, storage, path)
        made = recipes[small.relative]
        return try_recipes(chosen, source, made, files.beside, console, here=here)


def _downloaded(blob: BlobSource, place: BlobPlace, storage: Storage, path: Path) -> Source:
    with FileIO(path, "xb+") as file:
        storage.download_file(
            place.container, blob.blob, file, bytes_done=lambda _count: None, size=blob.size
        )
    return Source(path, blob.relative, blob.size, 0)
