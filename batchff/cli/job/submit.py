"""`batchff job submit`: a job with its tasks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.invocation import invocation_of
from batchff.cli.options.places import ReplaceBlobs, To, destination
from batchff.cli.options.recipes import (
    KeepSuffix,
    Name,
    Presets,
    Settings,
    Suffix,
    chosen_recipes,
)
from batchff.cli.options.settings import with_settings
from batchff.cli.options.shared import FfmpegCommand, JobName, KeepTimes, Salvage
from batchff.console.reporter import CommandResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchff.cli.invocation import Invocation
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
    name: Name = None,
    keep_suffix: KeepSuffix = False,
    keep_times: KeepTimes = False,
    salvage: Salvage = False,
    to: To = None,
    overwrite: ReplaceBlobs = False,
    job: JobName = None,
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="The pool that runs it.  [default: the one of 'pool create']"
        ),
    ] = None,
) -> CommandResult:
    """Add a job with its tasks for the files of an input set."""
    from batchff.cli.options.job_request import asked_job
    from batchff.cli.options.trying import check_for_nodes
    from batchff.pipeline.job.limits import check_sas_life
    from batchff.pipeline.job.make import list_input_set, was_done_before
    from batchff.pipeline.names import checked_id
    from batchff.pipeline.output_names import Naming
    from batchff.pipeline.submit.places import check_places
    from batchff.pipeline.submit.planning import plan_job
    from batchff.results.job.submit import JobSubmit

    invocation = invocation_of(context)
    chosen = chosen_recipes(context, preset, settings, suffix)
    naming = Naming(name or "", keep_suffix)
    request = asked_job(
        invocation,
        chosen.recipes,
        job,
        pool,
        naming,
        destination(to),
        keep_times=keep_times,
        salvage=salvage,
    )
    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    if not request.pool_spec.identity:
        check_sas_life(request.limits, storage.longest_sas)
    blobs = list_input_set(checked_id(input_set, "--input"), request.input_container, storage)
    plan, items, spec = plan_job(input_set, blobs, request, batch, console)
    check_for_nodes(chosen, spec, console, here=invocation.profile.has_nodes_here)
    check_places(plan, items, batch, storage, datetime.now(UTC), overwrite=overwrite)
    if not was_done_before(plan, batch, console):
        _make(plan, items, request, invocation)
    return CommandResult(
        JobSubmit(
            job=plan.job,
            pool=plan.pool,
            files=plan.counts.files,
            tasks=plan.counts.tasks,
            outputs=plan.counts.outputs,
            outputs_at=plan.outputs.address,
        ),
        text=plan.job,
    )


def _make(
    plan: JobPlan, items: Sequence[Item], request: JobRequest, invocation: Invocation
) -> None:
    """Make the job with all its tasks, on a pool that exists."""
    from batchff.pipeline.job.feed import add_all
    from batchff.pipeline.job.make import create_job
    from batchff.pipeline.node_ffmpeg.equip import Supply
    from batchff.pipeline.pool.make import require_pool

    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    supply = Supply(storage, request.ffmpeg_container, request.limits.worst_case)
    require_pool(plan.pool, batch, supply, console)
    create_job(plan, items, batch, storage, console)
    add_all(plan, items, batch, storage, console)
