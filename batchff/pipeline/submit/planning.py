"""Planning: what a submit, or a job of files that are uploaded already, will do.

Names, ids and clashes are found out here, before anything is sent or made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.model.files import BlobInfo
from batchff.model.items import Item, count_items
from batchff.model.limits import JobLimits
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import (
    OUTPUT_FOLDER,
    checked_id,
    fingerprint,
    input_set_name,
    job_name,
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
    that the user's own flags give: a pool that exists must have these.
    """

    recipes: tuple[Recipe, ...]
    limits: JobLimits
    pool_spec: PoolSpec
    input_container: str
    output_container: str
    ffmpeg_container: str
    asked: frozenset[str] = frozenset()
    job: str = ""
    pool: str = ""
    naming: Naming = Naming()

    def __post_init__(self) -> None:
        """Raise UsageError for ids that the service can't take."""
        for option, name in (("--job", self.job), ("--pool", self.pool)):
            if name:
                checked_id(name, option)


@dataclass(frozen=True, slots=True)
class PlannedFiles:
    """The files of a submit: where they come from, what becomes of them, where outputs go."""

    found: FoundMedia
    items: tuple[Item, ...]
    input_set: str
    inputs: str
    """Their fingerprint."""
    job: str
    folder: Path


def plan_files(
    paths: Sequence[Path], selection: Selection, request: JobRequest, out: Path | None
) -> PlannedFiles:
    """Find the files of a submit and name all that becomes of them. Looks at no service.

    Raises InputError where there are none, two outputs would have one name, or outputs can't be
    written where they go.
    """
    found = find_media(paths, selection)
    input_set = input_set_name(paths)
    inputs = fingerprint(
        (source.relative, source.size, str(source.modified_ns)) for source in found.sources
    )
    job = request.job or job_name(input_set, inputs, request.recipes, request.naming.key)
    items = plan_items(
        ((source.relative, source.size) for source in found.sources),
        input_set=input_set,
        job=job,
        recipes=request.recipes,
        naming=request.naming,
    )
    folder = out or Path(OUTPUT_FOLDER, job)
    refuse_to_overwrite_sources(found, items, folder)
    refuse_unwritable(folder)
    return PlannedFiles(found, items, input_set, inputs, job, folder)


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
    plan = _job_plan(request, files.job, pool, spec, files.input_set, files.inputs, files.items)
    container = request.ffmpeg_container
    return Submission(files.found, files.items, plan, spec, files.folder, container, options)


def plan_job(
    input_set: str, blobs: Sequence[BlobInfo], request: JobRequest, batch: Batch, reporter: Reporter
) -> tuple[JobPlan, tuple[Item, ...], PoolSpec]:
    """Plan a job of files that are uploaded already, on a pool that exists; return that one's spec.

    Raises PoolError where the pool isn't as asked for.
    """
    inputs = fingerprint((blob.name, blob.size, blob.modified.isoformat()) for blob in blobs)
    job = request.job or job_name(input_set, inputs, request.recipes, request.naming.key)
    pool = request.pool or pool_name(request.pool_spec)
    spec = use_as_is(pool, request.pool_spec, batch, reporter, asked=request.asked)
    items = plan_items(
        ((blob.name, blob.size) for blob in blobs),
        input_set=input_set,
        job=job,
        recipes=request.recipes,
        naming=request.naming,
    )
    return _job_plan(request, job, pool, spec, input_set, inputs, items), items, spec


def _job_plan(
    request: JobRequest,
    job: str,
    pool: str,
    spec: PoolSpec,
    input_set: str,
    inputs: str,
    items: Iterable[Item],
) -> JobPlan:
    return JobPlan(
        job=job,
        pool=pool,
        input_set=input_set,
        input_container=request.input_container,
        output_container=request.output_container,
        recipes=request.recipes,
        naming=request.naming.key,
        counts=count_items(tuple(items)),
        inputs=inputs,
        limits=request.limits,
        container_image=spec.container_image,
        identity=spec.identity,
    )
