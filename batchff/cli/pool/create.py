"""`batchff pool create`: makes nodes that run tasks."""

from __future__ import annotations

from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.settings import with_settings
from batchff.cli.options.shared import seconds
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError

app = App()


@app.command()
@with_settings("pool")
def create(
    context: typer.Context,
    pool_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="The pool's id.  [default: made from the settings]"),
    ] = None,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Wait until a node is ready for tasks, or none can become ready."
        ),
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=seconds, metavar="TIME", help="Wait no longer than this, such as 90s, 30m, 2h."
        ),
    ] = None,
) -> CommandResult:
    """Make a pool of nodes with ffmpeg, or find the existing one.

    It starts all its nodes at once, and removes them minutes after its last task.
    """
    from batchff.cli.options.ffmpeg_request import supplied
    from batchff.cli.options.pool_request import asked_pool
    from batchff.pipeline.names import checked_id
    from batchff.pipeline.pool import make as stage
    from batchff.pipeline.pool.spec import pool_name
    from batchff.results.pool.create import PoolCreate

    if timeout is not None and not wait:
        raise UsageError("--timeout goes with --wait")
    invocation = invocation_of(context)
    spec, supply = supplied(invocation, asked_pool(invocation))
    name = checked_id(pool_id, "ID") if pool_id else pool_name(spec)
    spec = stage.require_same_spec(name, spec, invocation.batch)
    created = stage.ensure_pool(name, spec, invocation.batch, invocation.console, supply=supply)
    if wait:
        from batchff.pipeline.pool.end import PoolUse, no_idle_nodes
        from batchff.pipeline.pool.watch import wait_for_node

        with no_idle_nodes(PoolUse("", name), invocation.batch, invocation.console):
            wait_for_node(name, invocation.batch, invocation.console, timeout=timeout)
    return CommandResult(PoolCreate(name, created), text=name)
