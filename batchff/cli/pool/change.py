"""`batchff pool resize` and `pool delete`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.shared import PoolArgument, Yes
from batchff.cli.words.confirm import confirmed
from batchff.console.reporter import CommandResult
from batchff.errors import BatchffError, UsageError
from batchff.wording import some_of

if TYPE_CHECKING:
    from batchff.model.jobs import JobStatus

app = App()

_JOBS_NAMED = 5


@app.command()
def resize(
    context: typer.Context,
    pool_id: PoolArgument,
    nodes: Annotated[
        int | None, typer.Option("--nodes", metavar="N", min=0, help="Dedicated nodes.")
    ] = None,
    spot: Annotated[
        int | None, typer.Option("--spot", metavar="N", min=0, help="Spot nodes.")
    ] = None,
    max_nodes: Annotated[
        int | None,
        typer.Option("--max-nodes", metavar="N", min=1, help="The most nodes of both kinds."),
    ] = None,
) -> CommandResult:
    """Change a pool's number of nodes.

    Numbers that aren't given are kept. No running task is stopped. A pool that batchff made still
    has nodes only while there is work.
    """
    from batchff.cli.options.ffmpeg_request import supply_of
    from batchff.pipeline.pool import resize as pool_resize
    from batchff.pipeline.report.pool import require_status
    from batchff.results.pool.change import PoolResize

    if nodes is None and spot is None and max_nodes is None:
        raise UsageError("nothing to change", hint="give --nodes, --spot or --max-nodes")
    invocation = invocation_of(context)
    status = require_status(pool_id, invocation.batch)
    dedicated, low_priority = pool_resize.resize(
        status,
        invocation.batch,
        invocation.console,
        nodes=nodes,
        spot=spot,
        max_nodes=max_nodes,
        supply=supply_of(invocation, status.batchff.spec if status.batchff else None),
    )
    return CommandResult(
        PoolResize(status.id, nodes=dedicated, spot=low_priority),
        text=f"pool {status.id} is to have {dedicated} dedicated and {low_priority} Spot nodes",
    )


@app.command()
def delete(
    context: typer.Context,
    pool_id: PoolArgument,
    yes: Yes = False,
) -> CommandResult:
    """Delete a pool that batchff made, with its nodes.

    Its running tasks are stopped, and wait for nodes again.
    """
    from batchff.model.states import PoolState
    from batchff.pipeline.beginnings import require_whole
    from batchff.pipeline.pool.use import jobs_on
    from batchff.pipeline.report.pool import require_status
    from batchff.results.pool.change import PoolDelete

    invocation = invocation_of(context)
    batch = invocation.batch
    status = require_status(pool_id, batch)
    if status.batchff is None:
        raise BatchffError(
            f"pool {status.id!r} wasn't made by batchff, so it isn't deleted",
            hint="delete it with the program that made it",
        )
    if status.state == PoolState.DELETING:
        data = PoolDelete(status.id, deleted=False, jobs=())
        return CommandResult(data, text=f"pool {status.id} is being deleted already")
    jobs = jobs_on(status.id, batch.jobs.all())
    data = PoolDelete(status.id, deleted=False, jobs=tuple(job.id for job in jobs))
    if yes:
        require_whole("pool", pool_id, status.id)
    if not yes and not confirmed(f"Delete pool {status.id}?", _at_stake(jobs)):
        return CommandResult(data, text="nothing was deleted")
    batch.pools.delete(status.id)
    waiting = f"; {_at_stake(jobs)}" if jobs else ""
    return CommandResult(
        replace(data, deleted=True), text=f"pool {status.id} is being deleted{waiting}"
    )


def _at_stake(jobs: tuple[JobStatus, ...]) -> str:
    """Return in words which jobs would wait for nodes that never come."""
    if not jobs:
        return "no job uses it"
    names = some_of([job.id for job in jobs], _JOBS_NAMED)
    several = "job waits" if len(jobs) == 1 else "jobs wait"
    return f"{len(jobs)} {several} for it until stopped: {names}"
