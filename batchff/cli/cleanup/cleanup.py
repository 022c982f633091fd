"""`batchff cleanup`: removes only what batchff made."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.completion.values import complete_job
from batchff.cli.invocation import invocation_of
from batchff.cli.options.shared import Yes
from batchff.cli.words.confirm import confirmed
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError

app = App()


@app.command()
def cleanup(
    context: typer.Context,
    job: Annotated[
        str | None,
        typer.Argument(
            metavar="[JOB]",
            help="The job's id, or the beginning of it.  [default: all jobs that have ended]",
            autocompletion=complete_job,
        ),
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="Remove pools that no job uses.")] = False,
    inputs: Annotated[bool, typer.Option("--inputs", help="Remove the input files.")] = False,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="Remove the outputs and the logs.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Remove everything that batchff made, running jobs too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed, and what it costs.")
    ] = False,
    yes: Yes = False,
) -> CommandResult:
    """Remove jobs, pools and files that batchff made.

    Without a job it removes the jobs that have ended. It never removes what batchff didn't make.
    """
    from batchff.cli.cleanup.found import found_data, found_text
    from batchff.pipeline.beginnings import require_whole
    from batchff.pipeline.cleanup.named import job_of_cleanup
    from batchff.pipeline.cleanup.remove import remove
    from batchff.pipeline.cleanup.scope import Scope, find_in_scope

    if job is not None and all_:
        raise UsageError("a job and --all exclude each other")
    invocation = invocation_of(context)
    container = invocation.require("output_container")
    if job is not None:
        named = job
        job = job_of_cleanup(job, container, invocation.batch, invocation.storage)
        if yes and not dry_run:
            require_whole("job", named, job)
    in_scope = find_in_scope(
        Scope(job, pool, inputs, outputs, all_),
        input_container=invocation.require("input_container"),
        output_container=container,
        ffmpeg_container=invocation.require("ffmpeg_container"),
        batch=invocation.batch,
        storage=invocation.storage,
    )
    found = found_data(in_scope, invocation.prices)
    text = found_text(found, invocation.profile)
    if dry_run or not in_scope:
        return CommandResult(found, text=text)
    if not yes and not confirmed("Remove all this?", text):
        return CommandResult(found, text="nothing was removed")
    remove(in_scope, invocation.batch, invocation.storage, invocation.console)
    return CommandResult(replace(found, removed=True))
