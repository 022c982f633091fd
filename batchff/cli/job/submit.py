"""`batchff job submit`: a job with its tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.completion.values import complete_input_set, complete_pool
from batchff.cli.invocation import invocation_of
from batchff.cli.options.ffmpeg_words import FfmpegCommand
from batchff.cli.options.places import ReplaceBlobs, To, destination
from batchff.cli.options.quality import with_quality_options
from batchff.cli.options.recipes import (
    Audio,
    KeepSuffix,
    Name,
    Presets,
    Settings,
    Suffix,
    chosen_recipes,
)
from batchff.cli.options.settings import with_settings
from batchff.cli.options.shared import (
    Again,
    Chunk,
    JobName,
    KeepTimes,
    Salvage,
    chunk_seconds,
)
from batchff.console.reporter import CommandResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchff.cli.invocation import Invocation
    from batchff.cli.options.recipes import Chosen
    from batchff.model.files import BlobInfo
    from batchff.model.inspection import Inspected
    from batchff.pipeline.submit.planning.request import JobRequest
    from batchff.pipeline.submit.planning.settle import Settled

app = App()

InputSet = Annotated[
    str,
    typer.Option(
        "--input",
        metavar="SET",
        help="The input set, as 'upload' named it, or the beginning of its name.",
        autocompletion=complete_input_set,
    ),
]
ExistingPool = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="The pool that runs it, or the beginning of its id.  [default: the one of 'pool "
        "create']",
        autocompletion=complete_pool,
    ),
]


@app.command(cls=FfmpegCommand)
@with_settings("job")
@with_quality_options
def submit(
    context: typer.Context,
    input_set: InputSet,
    preset: Presets = None,
    settings: Settings = None,
    suffix: Suffix = None,
    audio: Audio = None,
    name: Name = None,
    keep_suffix: KeepSuffix = False,
    keep_times: KeepTimes = False,
    salvage: Salvage = False,
    chunk: Chunk = None,
    to: To = None,
    overwrite: ReplaceBlobs = False,
    again: Again = False,
    job: JobName = None,
    pool: ExistingPool = None,
) -> CommandResult:
    """Add a job with its tasks for the files of an input set.

    Files that an earlier job encoded in this way get no task. 'download' downloads their outputs
    too.
    """
    from batchff.cli.options.job_request import OutputOptions, asked_job
    from batchff.pipeline.output_names import Naming
    from batchff.pipeline.report.pool import named_pool

    invocation = invocation_of(context)
    chosen = chosen_recipes(context, preset, settings, suffix)
    naming, place = Naming(name or "", keep_suffix), destination(to)
    outputs = OutputOptions(
        naming, place, keep_times, audio or "", salvage, chunk=chunk_seconds(chunk)
    )
    request = asked_job(invocation, chosen, job, pool, outputs)
    if request.pool:
        request = replace(request, pool=named_pool(request.pool, invocation.batch))
    settled = _settled(input_set, request, chosen, invocation, overwrite=overwrite, again=again)
    if settled.plan.counts.tasks:
        _make(settled, request, invocation)
    return _result(settled)


def _settled(
    input_set: str,
    request: JobRequest,
    chosen: Chosen,
    invocation: Invocation,
    *,
    overwrite: bool,
    again: bool,
) -> Settled:
    """Plan the job, and find what earlier jobs made; raise UsageError for what can't be run."""
    from batchff.cli.options.trying import check_for_nodes
    from batchff.pipeline.job.limits import check_sas_life
    from batchff.pipeline.job.make import list_input_set, named_input_set
    from batchff.pipeline.names import checked_id
    from batchff.pipeline.submit.planning.places import check_places
    from batchff.pipeline.submit.planning.planning import plan_job, tell_of_done, warn_of_running

    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    if not request.pool_spec.identity:
        check_sas_life(request.limits, storage.longest_sas)
    container = request.input_container
    input_set = named_input_set(checked_id(input_set, "--input"), container, storage)
    blobs = list_input_set(input_set, container, storage)
    inspected = _looked_into(input_set, blobs, request, invocation) if request.makers else ()
    settled, spec = plan_job(
        input_set, blobs, request, batch, console, inspected, storage=storage, again=again
    )
    plan = settled.plan
    check_for_nodes(chosen, spec, console, here=invocation.profile.has_nodes_here)
    check_places(plan, settled.items, batch, storage, datetime.now(UTC), overwrite=overwrite)
    tell_of_done(plan.counts, settled.earlier.jobs, console)
    warn_of_running(plan, batch, console)
    return settled


def _result(settled: Settled) -> CommandResult:
    from batchff.results.job.submit import JobSubmit

    plan, counts = settled.plan, settled.plan.counts
    made_by = ", ".join(settled.earlier.jobs)
    return CommandResult(
        JobSubmit(
            job=plan.job if counts.tasks else "",
            pool=plan.pool if counts.tasks else "",
            files=counts.files,
            tasks=counts.tasks,
            outputs=counts.outputs,
            outputs_at=plan.outputs.address if counts.tasks else "",
            done_before=counts.done,
            done_by=settled.earlier.jobs,
        ),
        text=plan.job if counts.tasks else f"nothing to encode; the outputs are in: {made_by}",
    )


def _looked_into(
    input_set: str, blobs: Sequence[BlobInfo], request: JobRequest, invocation: Invocation
) -> Sequence[Inspected | None]:
    """Return what is in the files of an input set; inspect those that nobody inspected before."""
    from batchff.model.files import BlobSource
    from batchff.pipeline.inspect.look import look_into_blobs
    from batchff.pipeline.inspect.stored import fetch_inspections, known_of
    from batchff.pipeline.names import input_blob

    storage, container = invocation.storage, request.input_container
    known = known_of(blobs, fetch_inspections(input_set, container, storage))
    unknown = [
        BlobSource(input_blob(input_set, blob.name), blob.name, blob.size, blob.etag, 0)
        for blob, inspected in zip(blobs, known, strict=True)
        if inspected is None
    ]
    if not unknown:
        return known
    looked = look_into_blobs(unknown, container, storage, invocation.console)
    seen = iter([inspected for _, inspected in looked])
    return [next(seen) if inspected is None else inspected for inspected in known]


def _make(settled: Settled, request: JobRequest, invocation: Invocation) -> None:
    """Make the job with all its tasks, on a pool that exists, unless it was done before."""
    from batchff.events.jobs import FileNotEncoded
    from batchff.pipeline.chunks.open import blob_opener
    from batchff.pipeline.chunks.send import send_sources
    from batchff.pipeline.job.feed import add_all
    from batchff.pipeline.job.graph import not_encoded_in
    from batchff.pipeline.job.make import create_job, was_done_before
    from batchff.pipeline.node_ffmpeg.equip import Supply
    from batchff.pipeline.parallel import StopFlag
    from batchff.pipeline.pool.make import require_pool

    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    plan, items = settled.plan, settled.items
    if was_done_before(plan, batch, console):
        return
    supply = Supply(storage, request.ffmpeg_container, request.limits.worst_case)
    require_pool(plan.pool, batch, supply, console)
    for each in not_encoded_in(items):
        console.report(FileNotEncoded(each.file, each.reason))
    create_job(plan, items, batch, storage, console)
    open_source = blob_opener(plan.input_container, storage)
    for item in items:
        send_sources(item, plan, plan.input_container, open_source, storage, StopFlag())
    add_all(plan, items, batch, storage, console)
