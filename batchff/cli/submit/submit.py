"""`batchff submit`: the whole pipeline."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from batchff.cli.invocation import invocation_of
from batchff.cli.options.limits import (
    Priority,
    QueueTime,
    Retries,
    TaskTimeout,
    asked_limits,
    chosen_limits,
    limit_flags,
)
from batchff.cli.options.pool import with_pool_options
from batchff.cli.options.shared import (
    Exclude,
    FfmpegCommand,
    Include,
    Paths,
    PoolId,
    PresetName,
    Suffix,
    chosen_preset,
    globs,
)
from batchff.cli.words.outcome import advise, exit_code_of, outcome_text
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError
from batchff.pipeline.names import OUTPUT_FOLDER

app = typer.Typer()


@app.command(cls=FfmpegCommand)
@with_pool_options
def submit(
    context: typer.Context,
    paths: Paths,
    preset: PresetName = None,
    suffix: Suffix = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help=f"Where outputs come home.  [default: {OUTPUT_FOLDER}/JOB]"
        ),
    ] = None,
    job: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The job's id.  [default: made from files and preset]"),
    ] = None,
    pool: PoolId = None,
    include: Include = None,
    exclude: Exclude = None,
    task_timeout: TaskTimeout = None,
    retries: Retries = None,
    queue_time: QueueTime = None,
    priority: Priority = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave once all is submitted; see 'watch'.")
    ] = False,
    keep_pool: Annotated[
        bool, typer.Option("--keep-pool", help="Leave the pool for the next job.")
    ] = False,
    tidy: Annotated[
        bool, typer.Option("--tidy", help="Delete each uploaded file once its output is here.")
    ] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Let the first failure end the job.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace different files where outputs go.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only show what it would do, and the most it could cost."),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="Don't ask, however much it could cost."),
    ] = False,
) -> CommandResult:
    """Encode files on many machines: all stages in one.

    Uploads the files, makes nodes, runs ffmpeg on each file and brings the outputs home. The same
    command given twice continues instead of starting over.
    """
    from batchff.cli.options.pool_request import asked_by_flags, asked_pool
    from batchff.cli.submit.dry_run import dry_run_result, is_affordable
    from batchff.node.arguments import names_format
    from batchff.pipeline.job.make import JobPlan
    from batchff.pipeline.names import checked_id, fingerprint, input_set_name, job_name
    from batchff.pipeline.plan import Selection, find_media, plan_items
    from batchff.pipeline.pool.make import agreed_spec, choose_pool
    from batchff.pipeline.pool.spec import pool_name
    from batchff.pipeline.submit import submit as stage
    from batchff.pipeline.submit.stream import Submission

    if detach and (tidy or fail_fast):
        raise UsageError(
            f"{'--tidy' if tidy else '--fail-fast'} needs somebody to see what becomes of the job",
            hint="leave it out, or leave out --detach",
        )
    invocation = invocation_of(context)
    job = checked_id(job, "--job") if job else None
    pool = checked_id(pool, "--pool") if pool else None
    invocation.take_flags(limit_flags(task_timeout, retries, queue_time, priority))
    chosen = chosen_preset(context, preset, suffix)
    selection = Selection(
        globs(include), globs(exclude), home=out, playlists=names_format(chosen.arguments)
    )
    found = find_media(paths, selection)
    input_set = input_set_name(paths)
    inputs = fingerprint(
        (source.relative, source.size, str(source.modified_ns)) for source in found.sources
    )
    job_id = job or job_name(input_set, inputs, chosen)
    home = out or Path(OUTPUT_FOLDER, job_id)
    items = plan_items(
        ((source.relative, source.size) for source in found.sources),
        input_set=input_set,
        job=job_id,
        preset=chosen,
    )
    stage.refuse_to_overwrite_sources(found, items, home)
    stage.refuse_unwritable(home)
    wanted = asked_pool(invocation)
    console = invocation.console
    if dry_run and invocation.would_start_emulator:
        # It would have nothing in it.
        batch = storage = None
        limits = asked_limits(invocation.profile)
        pool_id = pool or (pool_name(wanted) if keep_pool else job_id)
        pool_spec = wanted
    else:
        batch, storage = invocation.batch, invocation.storage
        limits = chosen_limits(invocation)
        pool_id = choose_pool(job_id, wanted, batch, keep=keep_pool, named=pool)
        pool_spec = agreed_spec(
            pool_id,
            wanted,
            batch,
            console,
            asked=asked_by_flags(invocation),
            instead="choose another with --pool" if pool else "start another job with --job",
        )
    plan = JobPlan(
        job=job_id,
        pool=pool_id,
        input_set=input_set,
        input_container=invocation.require("input_container"),
        output_container=invocation.require("output_container"),
        preset=chosen,
        files=len(items),
        inputs=inputs,
        limits=limits,
        container_image=pool_spec.container_image,
        identity=pool_spec.identity,
    )
    submission = Submission(
        found,
        items,
        plan,
        pool_spec,
        home,
        detach=detach,
        keep_pool=keep_pool,
        overwrite=overwrite,
        tidy=tidy,
        fail_fast=fail_fast,
    )
    if dry_run or batch is None or storage is None:
        return dry_run_result(submission, batch, storage, invocation)
    data = {"job": job_id, "pool": plan.pool, "input_set": input_set}
    if not yes and not is_affordable(submission, batch, invocation):
        return CommandResult("submit", {**data, "submitted": False}, text="nothing was submitted")
    submitted = stage.submit(submission, batch, storage, console)
    if submitted.outcome is None or submitted.downloaded is None:
        return CommandResult("submit", data, text=job_id)
    outcome = submitted.outcome
    advise(outcome, invocation.console)
    return CommandResult(
        "submit",
        {
            **data,
            "folder": str(home),
            "downloaded": submitted.downloaded,
            **asdict(outcome),
        },
        text="\n".join([outcome_text(outcome), *([str(home)] if submitted.downloaded else [])]),
        exit_code=exit_code_of(outcome),
    )
