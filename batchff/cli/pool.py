"""`batchff pool`: nodes with ffmpeg."""

from __future__ import annotations

from typing import Annotated

import typer

from batchff.cli.invocation import invocation_of
from batchff.cli.pool_options import with_pool_options
from batchff.console.reporter import CommandResult

app = typer.Typer(help="Nodes with ffmpeg.", no_args_is_help=True)


@app.callback()
def pool() -> None:
    """Nodes with ffmpeg."""


@app.command()
@with_pool_options
def create(
    context: typer.Context,
    pool_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="The pool's id.  [default: made from the settings]"),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until a node is ready for tasks.")
    ] = False,
) -> CommandResult:
    """Make a pool of nodes with ffmpeg, or find the one that was made before.

    It has all its nodes at once, and none by itself minutes after its last task.
    """
    from batchff.pipeline import pool as stage
    from batchff.pipeline.names import checked_id
    from batchff.pipeline.pool_spec import pool_name

    invocation = invocation_of(context)
    spec = invocation.pool_spec()
    name = checked_id(pool_id, "ID") if pool_id else pool_name(spec)
    spec = stage.agreed_spec(name, spec, invocation.batch, invocation.console)
    created = stage.ensure_pool(name, spec, invocation.batch, invocation.console)
    if wait:
        from batchff.pipeline.pool_watch import wait_for_node

        wait_for_node(name, invocation.batch, invocation.console)
    return CommandResult("pool create", {"pool": name, "created": created}, text=name)
