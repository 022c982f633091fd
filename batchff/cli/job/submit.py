"""`batchff job submit`: a job with its tasks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.invocation import invocation_of
from batchff.cli.options.places import ReplaceBlobs, To, destination
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
from batchff.cli.options.shared import Again, FfmpegCommand, JobName, KeepTimes, Salvage
from batchff.console.reporter import CommandResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchff.cli.invocation import Invocation
    from batchff.model.files import BlobInfo
    from batchff.model.inspection import Inspected
    from batchff.model.items import Item
    from batchff.pipeline.job.make import JobPlan
    from batchff.pipeline.submit.request import JobRequest

app = typer.Typer()


@app.command(cls=FfmpegCommand)
@with_settings("job")
def submit(
    context: typer.Context,
    input_set: Annotated[
        str,
        typer.Option("--input", metavar="SET", help="The input set, as 'upload' named it."),
    ],
    preset: Presets = None,
    settings: Settings = None,
    suffix: Suffix = None,
    audio: Audio = None,
    name: Name = None,
    keep_suffix: KeepSuffix = False,
    keep_times: KeepTimes = False,
    salvage: Salvage = False,
    to: To = None,
    overwrite: ReplaceBlobs = False,
    again: Again = False,
    job: JobName = None,
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="The pool that runs it.  [default: the one of 'pool create']"
        ),
    ] = None,
) -> CommandResult:
    """Add a job with its tasks for the files of an input set.

    Files that were encoded so before get no task; 'download' brings their outputs too.
    """
    from batchff.cli.options.job_request import asked_job
    from batchff.cli.options.trying import check_for_nodes
    from batchff.pipeline.job.limits import check_sas_life
    from batchff.pipeline.job.make import list_input_set, was_done_before
    from batchff.pipeline.names import checked_id
    from batchff.pipeline.output_names import Naming
    from batchff.pipeline.submit.places import check_places
    from batchff.pipeline.submit.planning import plan_job, tell_of_done
    from batchff.results.job.submit import JobSubmit

    invocation = invocation_of(context)
    chosen = chosen_recipes(context, preset, settings, suffix)
    naming = Naming(name or "", keep_suffix)
    request = asked_job(
        invocation,
        chosen,
        job,
        pool,
        naming,
        destination(to),
        keep_times=keep_times,
        language=audio or "",
        salvage=salvage,
    )
    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    if not request.pool_spec.identity:
        check_sas_life(request.limits, storage.longest_sas)
    blobs = list_input_set(checked_id(input_set, "--input"), request.input_container, storage)
    inspected = _looked_into(input_set, blobs, request, invocation) if request.makers else ()
    settled, spec = plan_job(
        input_set, blobs, request, batch, console, inspected, storage=storage, again=again
    )
    plan, items = settled.plan, settled.items
    check_for_nodes(chosen, spec, console, here=invocation.profile.has_nodes_here)
    check_places(plan, items, batch, storage, datetime.now(UTC), overwrite=overwrite)
    counts = plan.counts
    tell_of_done(counts, settled.earlier.jobs, console)
    if counts.tasks and not was_done_before(plan, batch, console):
        _make(plan, items, request, invocation)
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
    """Return what is in the files of an input set: what is known of it, or else by a look."""
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


def _make(
    plan: JobPlan, items: Sequence[Item], request: JobRequest, invocation: Invocation
) -> None:
    """Make the job with all its tasks, on a pool that exists."""
    from batchff.events.jobs import FileNotEncoded
    from batchff.pipeline.job.feed import add_all
    from batchff.pipeline.job.graph import not_encoded_in
    from batchff.pipeline.job.make import create_job
    from batchff.pipeline.node_ffmpeg.equip import Supply
    from batchff.pipeline.pool.make import require_pool

    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    supply = Supply(storage, request.ffmpeg_container, request.limits.worst_case)
    require_pool(plan.pool, batch, supply, console)
    for each in not_encoded_in(items):
        console.report(FileNotEncoded(each.file, each.reason))
    create_job(plan, items, batch, storage, console)
    add_all(plan, items, batch, storage, console)
