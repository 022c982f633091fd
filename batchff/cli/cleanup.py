"""`batchff cleanup`: removes only what batchff made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.confirm import confirmed
from batchff.cli.invocation import invocation_of
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError

if TYPE_CHECKING:
    from batchff.pipeline.cleanup import Leftover


def cleanup(
    context: typer.Context,
    job: Annotated[
        str | None,
        typer.Argument(metavar="[JOB]", help="The job.  [default: all jobs that have ended]"),
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="Remove pools that no job uses.")] = False,
    inputs: Annotated[bool, typer.Option("--inputs", help="Remove the input files.")] = False,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="Remove the outputs and the logs.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Remove everything of batchff's, running jobs too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> CommandResult:
    """Remove jobs, pools and files that batchff made.

    Without a job: the jobs that have ended. What batchff didn't make always stays.
    """
    from batchff.pipeline import cleanup as stage

    if job is not None and all_:
        raise UsageError("a job and --all exclude each other")
    invocation = invocation_of(context)
    leftovers = stage.find_leftovers(
        stage.Scope(job, pool, inputs, outputs, all_),
        input_container=invocation.require("input_container"),
        output_container=invocation.require("output_container"),
        batch=invocation.batch,
        storage=invocation.storage,
    )
    data = {"found": [_fact(leftover) for leftover in leftovers], "removed": False}
    if dry_run or not leftovers:
        return CommandResult("cleanup", data, text=_shown(leftovers) or "nothing to remove")
    if not yes and not confirmed("Remove all this?", _shown(leftovers)):
        return CommandResult("cleanup", data, text="nothing was removed")
    stage.remove(leftovers, invocation.batch, invocation.storage, invocation.console)
    return CommandResult("cleanup", {**data, "removed": True})


def _shown(leftovers: Sequence[Leftover]) -> str:
    from batchff.console.lines import printable

    return "\n".join(
        f"{leftover.what.value:<9} {printable(leftover.name)}"
        + (f"  ({leftover.note})" if leftover.note else "")
        for leftover in leftovers
    )


def _fact(leftover: Leftover) -> dict[str, str | int]:
    return {"what": leftover.what.value, "name": leftover.name, "blobs": len(leftover.blobs)}
