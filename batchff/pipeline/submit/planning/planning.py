"""Planning: what a submit, or a job of files that are uploaded already, will do.

Names, ids and clashes are found out here, before anything is sent or made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.events import Warned
from batchff.events.jobs import DoneBefore, FilmPlanned
from batchff.model.files import BlobInfo
from batchff.model.inspection import Inspected
from batchff.model.items import Item, ItemCounts, Output, count_items
from batchff.model.jobs import JobStatus
from batchff.model.places import BlobPlace
from batchff.model.pools import PoolSpec
from batchff.model.recipes import Recipe
from batchff.model.states import JobState
from batchff.pipeline.chunks.open import Opener, blob_opener, opener
from batchff.pipeline.chunks.plan import Cutter, FilmCut
from batchff.pipeline.cloud_media.destination import refuse_to_replace_sources
from batchff.pipeline.cloud_media.find import FoundBlobs
from batchff.pipeline.fingerprints import content_in, ffmpeg_generation
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import fingerprint, input_blob
from batchff.pipeline.plan import InputFile
from batchff.pipeline.pool.make import choose_pool, use_as_is
from batchff.pipeline.pool.spec import pool_name
from batchff.pipeline.sources import FoundMedia
from batchff.pipeline.submit.planning.contents import (
    contents_as_planned,
    contents_of_blobs,
    contents_of_files,
)
from batchff.pipeline.submit.planning.done import Contents
from batchff.pipeline.submit.planning.files import (
    PlannedFiles,
    refuse_where_nothing_is_left,
)
from batchff.pipeline.submit.planning.fitting import tell_of_fitting
from batchff.pipeline.submit.planning.request import JobRequest
from batchff.pipeline.submit.planning.settle import Settled, settle
from batchff.pipeline.submit.planning.submission import Submission, SubmitOptions
from batchff.pipeline.transfer.carry import carried_outputs

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def plan_submission(
    files: PlannedFiles,
    request: JobRequest,
    options: SubmitOptions,
    batch: Batch | None,
    storage: Storage | None,
    reporter: Reporter,
) -> Submission:
    """Choose the pool of a submit, find what is done already, and plan the rest.

    Without services, for a dry run where the emulator isn't running, nothing exists. Raises
    PoolError where the pool isn't as asked for, and as `find_job` does.
    """
    pool, spec = _chosen_pool(files.job, request, options, batch, reporter)
    source = files.found.place if isinstance(files.found, FoundBlobs) else None
    plan = _job_plan(
        request,
        files.job,
        pool,
        spec,
        files.input_set,
        files.inputs,
        files.items,
        files.recipes,
        source,
    )
    settled = Settled(plan, files.items)
    if batch is not None and storage is not None:
        contents = _contents(files, plan, storage)
        settled = settle(plan, files.items, contents, batch, storage, again=options.again)
        if settled.plan.job != plan.job:
            pool, spec = _chosen_pool(settled.plan.job, request, options, batch, reporter)
    settled, cuts = _in_chunks(
        settled, request, spec, opener(files.found, plan.input_container, storage)
    )
    plan = _on_pool(settled.plan, pool, spec)
    carried: tuple[Output, ...] = ()
    if isinstance(files.found, FoundMedia):
        carried = carried_outputs(files.found.carried, plan.folder, keep_times=request.keep_times)
    return Submission(
        found=files.found,
        items=settled.items,
        plan=plan,
        pool_spec=spec,
        folder=files.folder,
        ffmpeg_container=request.ffmpeg_container,
        options=options,
        beside=files.beside.files,
        carried=carried,
        files=files.files,
        inspections=files.inspections,
        earlier=settled.earlier,
        cuts=cuts,
    )


def _in_chunks(
    settled: Settled, request: JobRequest, spec: PoolSpec, open_source: Opener
) -> tuple[Settled, tuple[FilmCut, ...]]:
    """Return a job that is to be made with its long films cut, and what was decided for each."""
    if settled.exists or request.chunk == 0:
        return settled, ()
    cutter = Cutter(settled.plan.job, list(settled.plan.recipes), request.chunk, open_source)
    items = cutter.cut(settled.items, spec)
    recipes = tuple(cutter.recipes)
    plan = replace(settled.plan, recipes=recipes, counts=count_items(items))
    return replace(settled, plan=plan, items=items), tuple(cutter.decided)


def tell_of_cuts(cuts: Iterable[FilmCut], reporter: Reporter) -> None:
    """Report into how many chunks each long film is cut, or why it isn't."""
    for each in cuts:
        reporter.report(FilmPlanned(each.file, each.chunks, each.reason))


def _chosen_pool(
    job: str,
    request: JobRequest,
    options: SubmitOptions,
    batch: Batch | None,
    reporter: Reporter,
) -> tuple[str, PoolSpec]:
    """Return the pool that a job is to use or make, and its specification."""
    spec = request.pool_spec
    if batch is None:
        return request.pool or (pool_name(spec) if options.keep_pool else job), spec
    pool = choose_pool(job, spec, batch, keep=options.keep_pool, named=request.pool or None)
    instead = "choose another with --pool" if request.pool else "start another job with --job"
    return pool, use_as_is(pool, spec, batch, reporter, asked=request.asked, instead=instead)


def _contents(files: PlannedFiles, plan: JobPlan, storage: Storage) -> Contents:
    found = files.found
    if isinstance(found, FoundBlobs):
        return contents_of_blobs(found.sources)
    sent = (*found.sources, *files.beside.files)
    return contents_of_files(sent, files.input_set, plan.input_container, storage)


def _on_pool(plan: JobPlan, pool: str, spec: PoolSpec) -> JobPlan:
    return replace(
        plan,
        pool=pool,
        container_image=spec.container_image,
        identity=spec.identity,
        ffmpeg=ffmpeg_generation(spec.ffmpeg_version, spec.ffmpeg),
    )


def tell_of_done(counts: ItemCounts, jobs: tuple[str, ...], reporter: Reporter) -> None:
    """Report how many files needn't be encoded, as `jobs` did that, if there are any."""
    if counts.done_outputs:
        files = counts.files + counts.done
        reporter.report(DoneBefore(files, counts.done, counts.done_outputs, jobs))


def jobs_alike(plan: JobPlan, batch: Batch) -> Iterator[JobStatus]:
    """Yield the jobs that are encoding files of the same source with the same arguments.

    What such a job hasn't finished is no output yet, so it would be made again.
    """
    beginning = plan.job.rpartition("-")[0]
    if not beginning:
        return
    for job in batch.jobs.beginning(f"{beginning}-"):
        facts = job.batchff
        if facts is None or job.id == plan.job or job.state == JobState.COMPLETED:
            continue
        place = plan.source.written if plan.source else ""
        same = (facts.input_set, facts.source) == (plan.input_set, place)
        if same and facts.arguments == plan.arguments:
            yield job


def warn_of_running(plan: JobPlan, batch: Batch, reporter: Reporter) -> None:
    """Warn of jobs that are encoding files of the same source with the same arguments."""
    for job in jobs_alike(plan, batch):
        reporter.report(
            Warned(
                f"job {job.id} is still encoding files of this source: what it hasn't finished "
                f"is encoded a second time. To wait for it, stop this with Ctrl-C, and first "
                f"give: batchff watch {job.id}"
            )
        )


def plan_job(
    input_set: str,
    blobs: Sequence[BlobInfo],
    request: JobRequest,
    batch: Batch,
    reporter: Reporter,
    inspected: Iterable[Inspected | None] = (),
    *,
    storage: Storage,
    again: bool = False,
) -> tuple[Settled, PoolSpec]:
    """Plan a job of files that are uploaded already, on a pool that exists; return that one's spec.

    With `again`, nothing counts as made before.

    `inspected` is what is in the files, if it's known. Raises PoolError where the pool isn't as
    asked for, and InputError where nothing can be made of any file.
    """
    inputs = fingerprint((blob.name, blob.size, blob.modified.isoformat()) for blob in blobs)
    job = request.job_for(input_set, inputs)
    pool = request.pool or pool_name(request.pool_spec)
    spec = use_as_is(pool, request.pool_spec, batch, reporter, asked=request.asked)
    fitting = request.fitting()
    asked = (
        InputFile(blob.name, blob.size, modified_ns=_modified_ns(blob, request)) for blob in blobs
    )
    files = fitting.files(asked, inspected)
    refuse_where_nothing_is_left(files)
    tell_of_fitting(files, reporter)
    items = request.items(files, fitting.recipes, job=job, input_set=input_set)
    if request.to:
        refuse_to_replace_sources(items, request.input_container, request.to)
    plan = _job_plan(request, job, pool, spec, input_set, inputs, items, fitting.recipes)
    inputs_there = {input_blob(input_set, blob.name): blob for blob in blobs}
    items = tuple(replace(item, content=content_in(item, inputs_there)) for item in items)
    settled = settle(plan, items, contents_as_planned, batch, storage, again=again)
    open_source = blob_opener(request.input_container, storage)
    settled, cuts = _in_chunks(settled, request, spec, open_source)
    tell_of_cuts(cuts, reporter)
    return settled, spec


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
    recipes: tuple[Recipe, ...],
    source: BlobPlace | None = None,
) -> JobPlan:
    return JobPlan(
        job=job,
        pool=pool,
        input_set=input_set,
        input_container="" if source else request.input_container,
        output_container=request.output_container,
        recipes=recipes,
        presets=tuple(recipe.name for recipe in request.recipes),
        arguments=request.arguments,
        asked_for=request.asked_for,
        naming=request.naming.key,
        counts=count_items(tuple(items)),
        inputs=inputs,
        limits=request.limits,
        container_image=spec.container_image,
        identity=spec.identity,
        ffmpeg=ffmpeg_generation(spec.ffmpeg_version, spec.ffmpeg),
        source=source,
        to=request.to,
        command=request.command,
    )
