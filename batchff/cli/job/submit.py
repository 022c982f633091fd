"""`batchff job submit`: a job with its tasks."""

from __future__ import annotations

from typing import Annotated

import typer

from batchff.cli.invocation import invocation_of
from batchff.cli.options.limits import (
    Priority,
    QueueTime,
    Retries,
    TaskTimeout,
    chosen_limits,
    limit_flags,
)
from batchff.cli.options.shared import FfmpegCommand, PresetName, Suffix, chosen_preset
from batchff.console.reporter import CommandResult

app = typer.Typer()


@app.command(cls=FfmpegCommand)
def submit(
    context: typer.Context,
    input_set: Annotated[
        str,
        typer.Option("--input", metavar="SET", help="The input set, as 'upload' named it."),
    ],
    preset: PresetName = None,
    suffix: Suffix = None,
    job: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The job's id.  [default: made from files and preset]"),
    ] = None,
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="The pool that runs it.  [default: the one of 'pool create']"
        ),
    ] = None,
    task_timeout: TaskTimeout = None,
    retries: Retries = None,
    queue_time: QueueTime = None,
    priority: Priority = None,
) -> CommandResult:
    """Add a job with a task for each file of an input set."""
    from batchff.cli.options.pool_request import asked_pool
    from batchff.pipeline.job import make as stage
    from batchff.pipeline.job.feed import add_all
    from batchff.pipeline.names import checked_id, fingerprint, job_name
    from batchff.pipeline.plan import plan_items
    from batchff.pipeline.pool.make import agreed_spec, require_pool
    from batchff.pipeline.pool.spec import pool_name

    invocation = invocation_of(context)
    invocation.take_flags(limit_flags(task_timeout, retries, queue_time, priority))
    limits = chosen_limits(invocation)
    chosen = chosen_preset(context, preset, suffix)
    batch, storage, console = invocation.batch, invocation.storage, invocation.console
    container = invocation.require("input_container")
    blobs = stage.list_input_set(checked_id(input_set, "--input"), container, storage)
    inputs = fingerprint((blob.name, blob.size, blob.modified.isoformat()) for blob in blobs)
    wanted = asked_pool(invocation)
    pool_id = checked_id(pool, "--pool") if pool else pool_name(wanted)
    pool_spec = agreed_spec(pool_id, wanted, batch, console, asked=())
    plan = stage.JobPlan(
        job=checked_id(job, "--job") if job else job_name(input_set, inputs, chosen),
        pool=pool_id,
        input_set=input_set,
        input_container=container,
        output_container=invocation.require("output_container"),
        preset=chosen,
        files=len(blobs),
        inputs=inputs,
        limits=limits,
        container_image=pool_spec.container_image,
        identity=pool_spec.identity,
    )
    items = plan_items(
        ((blob.name, blob.size) for blob in blobs),
        input_set=input_set,
        job=plan.job,
        preset=chosen,
    )
    if not stage.was_done_before(plan, batch, console):
        require_pool(plan.pool, batch)
        stage.create_job(plan, batch, storage, console)
        add_all(plan, items, batch, storage, console)
    return CommandResult(
        "job submit", {"job": plan.job, "pool": plan.pool, "tasks": len(items)}, text=plan.job
    )
