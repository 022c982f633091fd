"""Planning: what a submit, or a job of files that are uploaded already, will do.

Names, ids and clashes are found out here, before anything is sent or made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.model.files import BlobInfo
from batchff.model.items import Item, count_items
from batchff.model.limits import JobLimits
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.pipeline.beside import FilesBeside, find_beside
from batchff.pipeline.clip_list import Clip
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import (
    OUTPUT_FOLDER,
    checked_id,
    fingerprint,
    input_set_name,
    job_name,
)
from batchff.pipeline.output_names import Naming
from batchff.pipeline.plan import InputFile, Piece, plan_items
from batchff.pipeline.pool.make import choose_pool, use_as_is
from batchff.pipeline.pool.spec import pool_name
from batchff.pipeline.sources import FoundMedia, Selection, find_listed, find_media
from batchff.pipeline.submit.output_folder import (
    refuse_carried_clashes,
    refuse_to_overwrite_sources,
    refuse_unwritable,
)
from batchff.pipeline.submit.submission import Submission, SubmitOptions
from batchff.pipeline.transfer.carry import carried_outputs

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
    asked: frozenset[str] = frozenset()
    job: str = ""
    pool: str = ""
    naming: Naming = Naming()
    keep_times: bool = False
    beside: tuple[str, ...] = ()
    """The patterns of second inputs."""

    def __post_init__(self) -> None:
        """Raise UsageError for ids that the service can't take."""
        for option, name in (("--job", self.job), ("--pool", self.pool)):
            if name:
                checked_id(name, option)


@dataclass(frozen=True, slots=True)
class PlannedFiles:
    """The files of a submit: where they come from, what becomes of them, where outputs go."""

    found: FoundMedia
    beside: FilesBeside
    items: tuple[Item, ...]
    input_set: str
    inputs: str
    """Their fingerprint."""
    job: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files that a user names: all below some paths, or the clips of a list.

    Each of the `clips` comes with the recipes to make of it, by their numbers.
    """

    paths: tuple[Path, ...]
    selection: Selection = Selection()
    clips: tuple[tuple[Clip, tuple[int, ...]], ...] = ()

    def find(self) -> FoundMedia:
        """Return the files; raise InputError for those that can't be encoded."""
        if not self.clips:
            return find_media(self.paths, self.selection)
        (path,) = self.paths
        return find_listed([clip.path for clip, _ in self.clips], path.parent, self.selection)

    def pieces(self) -> Mapping[Path, tuple[Piece, ...]]:
        """Return what is made of each file of a list, by its path."""
        found: dict[Path, tuple[Piece, ...]] = {}
        for clip, recipes in self.clips:
            path = clip.path.absolute()
            made = (Piece(recipe, clip.cut) for recipe in recipes)
            found[path] = (*found.get(path, ()), *made)
        return found


def plan_files(wanted: Wanted, request: JobRequest, out: Path | None) -> PlannedFiles:
    """Find the files of a submit and name all that becomes of them. Looks at no service.

    Raises InputError where there are none, two outputs would have one name, or outputs can't be
    written where they go.
    """
    found = wanted.find()
    beside = find_beside(request.beside, found.sources)
    input_set = input_set_name(wanted.paths)
    pieces = wanted.pieces()
    files = [
        InputFile(
            source.relative,
            source.size,
            pieces.get(source.path, ()),
            beside.of(source.relative, input_set),
            source.modified_ns if request.keep_times else None,
        )
        for source in found.sources
    ]
    inputs = _fingerprint(found, beside, files)
    job = request.job or job_name(input_set, inputs, request.recipes, request.naming.key)
    items = plan_items(
        files, input_set=input_set, job=job, recipes=request.recipes, naming=request.naming
    )
    folder = out or Path(OUTPUT_FOLDER, job)
    refuse_carried_clashes(found, items)
    refuse_to_overwrite_sources(found, items, folder)
    refuse_unwritable(folder)
    return PlannedFiles(found, beside, items, input_set, inputs, job, folder)


def _fingerprint(found: FoundMedia, beside: FilesBeside, files: Iterable[InputFile]) -> str:
    """Return a digest of all that outputs are made from; what is carried along isn't."""
    sent = (*found.sources, *beside.files)
    pieces = [
        (file.relative, piece.recipe, piece.cut.label) for file in files for piece in file.pieces
    ]
    return fingerprint(
        (
            *((source.relative, source.size, str(source.modified_ns)) for source in sent),
            *pieces,
        )
    )


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
    carried = carried_outputs(files.found.carried, plan.folder, keep_times=request.keep_times)
    return Submission(
        files.found, files.items, plan, spec, files.folder, options, files.beside.files, carried
    )


def plan_job(
    input_set: str, blobs: Sequence[BlobInfo], request: JobRequest, batch: Batch, reporter: Reporter
) -> tuple[JobPlan, tuple[Item, ...]]:
    """Plan a job of files that are uploaded already, on a pool that exists."""
    inputs = fingerprint((blob.name, blob.size, blob.modified.isoformat()) for blob in blobs)
    job = request.job or job_name(input_set, inputs, request.recipes, request.naming.key)
    pool = request.pool or pool_name(request.pool_spec)
    spec = use_as_is(pool, request.pool_spec, batch, reporter, asked=request.asked)
    items = plan_items(
        (
            InputFile(blob.name, blob.size, modified_ns=_modified_ns(blob, request))
            for blob in blobs
        ),
        input_set=input_set,
        job=job,
        recipes=request.recipes,
        naming=request.naming,
    )
    return _job_plan(request, job, pool, spec, input_set, inputs, items), items


def _modified_ns(blob: BlobInfo, request: JobRequest) -> int | None:
    """Return when the file that a blob was sent from was modified, if outputs get that time."""
    if not request.keep_times:
        return None
    if blob.batchff is not None and blob.batchff.modified_ns is not None:
        return blob.batchff.modified_ns
    return int(blob.modified.timestamp() * 1e9)


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
