"""Planning: what a submit, or a job of files that are uploaded already, will do.

Names, ids and clashes are found out here, before anything is sent or made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.model.files import BlobInfo
from batchff.model.items import Item, count_items
from batchff.model.limits import JobLimits
from batchff.model.places import BlobPlace
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.cloud_media.destination import outputs_among, refuse_to_replace_sources
from batchff.pipeline.cloud_media.find import FoundBlobs, find_blobs_of_media
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import (
    OUTPUT_FOLDER,
    checked_id,
    fingerprint,
    input_set_name,
    job_name,
    place_name,
)
from batchff.pipeline.output_names import Naming
from batchff.pipeline.plan import plan_items
from batchff.pipeline.pool.make import choose_pool, use_as_is
from batchff.pipeline.pool.spec import pool_name
from batchff.pipeline.sources import FoundMedia, Selection, find_media
from batchff.pipeline.submit.output_folder import refuse_to_overwrite_sources, refuse_unwritable
from batchff.pipeline.submit.submission import Submission, SubmitOptions

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a user asks of a job, whatever files it's for.

    `job` and `pool` are ids that the user gave, or empty. `asked` are the fields of `pool_spec`
    that the user's own flags give: a pool that exists must have these. `to` is where outputs go, if
    not to the job's own folder.
    """

    recipes: tuple[Recipe, ...]
    limits: JobLimits
    pool_spec: PoolSpec
    input_container: str
    output_container: str
    asked: frozenset[str] = frozenset()
    job: str = ""
    pool: str = ""
    naming: Naming = Naming()
    to: BlobPlace | None = None

    def job_for(self, input_set: str, inputs: str) -> str:
        """Return the job's id: the one that the user gave, or one made of what it does."""
        names = self.naming.key + (f" {self.to.written}" if self.to else "")
        return self.job or job_name(input_set, inputs, self.recipes, names)

    def __post_init__(self) -> None:
        """Raise UsageError for ids that the service can't take."""
        for option, name in (("--job", self.job), ("--pool", self.pool)):
            if name:
                checked_id(name, option)


@dataclass(frozen=True, slots=True)
class PlannedFiles:
    """The files of a submit: where they come from, what becomes of them, where outputs go.

    Files that are in storage already are in no input set: it's empty then.
    """

    found: FoundMedia | FoundBlobs
    items: tuple[Item, ...]
    input_set: str
    inputs: str
    """Their fingerprint."""
    job: str
    folder: Path


def plan_files(
    paths: Sequence[Path],
    selection: Selection,
    request: JobRequest,
    out: Path | None,
    *,
    downloads: bool = True,
) -> PlannedFiles:
    """Find the files of a submit and name all that becomes of them. Looks at no service.

    Raises InputError where there are none, two outputs would have one name, or outputs can't be
    written where they are downloaded to.
    """
    found = find_media(paths, selection)
    input_set = input_set_name(paths)
    inputs = fingerprint(
        (source.relative, source.size, str(source.modified_ns)) for source in found.sources
    )
    job = request.job_for(input_set, inputs)
    items = plan_items(
        ((source.relative, source.size) for source in found.sources),
        input_set=input_set,
        job=job,
        recipes=request.recipes,
        naming=request.naming,
        write_below=request.to.below if request.to else None,
    )
    folder = out or Path(OUTPUT_FOLDER, job)
    if downloads:
        refuse_to_overwrite_sources(found, items, folder)
        refuse_unwritable(folder)
    return PlannedFiles(found, items, input_set, inputs, job, folder)


def plan_blobs(
    place: BlobPlace,
    selection: Selection,
    request: JobRequest,
    out: Path | None,
    storage: Storage,
    reporter: Reporter,
    *,
    downloads: bool = True,
    one_blob: bool = False,
) -> PlannedFiles:
    """Find media that is in storage already, and name all that becomes of it. Only reads.

    `storage` is the profile's. Raises as `plan_files` does, and NotFoundError where there's no such
    place; `one_blob` says that its SAS is for one blob.
    """
    account, own = storage, place
    if place.endpoint:
        account = storage.opened_by(place.endpoint, place.sas)
        if place.endpoint == storage.endpoint:
            own = BlobPlace(place.container, place.prefix)
    found = find_blobs_of_media(
        place,
        selection,
        account,
        reporter,
        outputs=outputs_among(own, request.to),
        one_blob=one_blob,
    )
    inputs = fingerprint((source.blob, source.size, source.etag) for source in found.sources)
    job = request.job_for(place_name(place), inputs)
    items = plan_items(
        ((source.relative, source.size) for source in found.sources),
        input_set="",
        job=job,
        recipes=request.recipes,
        naming=request.naming,
        read_below=found.below,
        write_below=request.to.below if request.to else None,
    )
    if request.to and not own.endpoint:
        refuse_to_replace_sources(items, own.container, request.to)
    folder = out or Path(OUTPUT_FOLDER, job)
    if downloads:
        refuse_unwritable(folder)
    return PlannedFiles(found, items, "", inputs, job, folder)


def plan_submission(
    files: PlannedFiles,
    request: JobRequest,
    options: SubmitOptions,
    batch: Batch | None,
    reporter: Reporter,
) -> Submission:
    """Choose the pool of a submit and put its plan together.

    Without a service, for a dry run where the emulator isn't running, nothing exists. Raises
    PoolError where the pool isn't as asked for.
    """
    spec = request.pool_spec
    if batch is None:
        pool = request.pool or (pool_name(spec) if options.keep_pool else files.job)
    else:
        pool = choose_pool(
            files.job, spec, batch, keep=options.keep_pool, named=request.pool or None
        )
        instead = "choose another with --pool" if request.pool else "start another job with --job"
        spec = use_as_is(pool, spec, batch, reporter, asked=request.asked, instead=instead)
    source = files.found.place if isinstance(files.found, FoundBlobs) else None
    plan = _job_plan(
        request, files.job, pool, spec, files.input_set, files.inputs, files.items, source
    )
    return Submission(files.found, files.items, plan, spec, files.folder, options)


def plan_job(
    input_set: str, blobs: Sequence[BlobInfo], request: JobRequest, batch: Batch, reporter: Reporter
) -> tuple[JobPlan, tuple[Item, ...]]:
    """Plan a job of files that are uploaded already, on a pool that exists."""
    inputs = fingerprint((blob.name, blob.size, blob.modified.isoformat()) for blob in blobs)
    job = request.job_for(input_set, inputs)
    pool = request.pool or pool_name(request.pool_spec)
    spec = use_as_is(pool, request.pool_spec, batch, reporter, asked=request.asked)
    items = plan_items(
        ((blob.name, blob.size) for blob in blobs),
        input_set=input_set,
        job=job,
        recipes=request.recipes,
        naming=request.naming,
        write_below=request.to.below if request.to else None,
    )
    if request.to:
        refuse_to_replace_sources(items, request.input_container, request.to)
    return _job_plan(request, job, pool, spec, input_set, inputs, items), items


def _job_plan(
    request: JobRequest,
    job: str,
    pool: str,
    spec: PoolSpec,
    input_set: str,
    inputs: str,
    items: Iterable[Item],
    source: BlobPlace | None = None,
) -> JobPlan:
    return JobPlan(
        job=job,
        pool=pool,
        input_set=input_set,
        input_container="" if source else request.input_container,
        output_container=request.output_container,
        recipes=request.recipes,
        naming=request.naming.key,
        counts=count_items(tuple(items)),
        inputs=inputs,
        limits=request.limits,
        container_image=spec.container_image,
        identity=spec.identity,
        source=source,
        to=request.to,
    )
