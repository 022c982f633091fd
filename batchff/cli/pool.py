"""`batchff pool`: nodes with ffmpeg."""

from __future__ import annotations

from typing import Annotated

import typer

from batchff.cli.invocation import invocation_of
from batchff.cli.options import Image, Nodes, Slots, Spot, VmSize, pool_flags
from batchff.console.reporter import CommandResult

app = typer.Typer(help="Nodes with ffmpeg.", no_args_is_help=True)


@app.callback()
def pool() -> None:
    """Nodes with ffmpeg."""


@app.command()
def create(
    context: typer.Context,
    pool_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="The pool's id.  [default: made from the settings]"),
    ] = None,
    vm_size: VmSize = None,
    nodes: Nodes = None,
    spot: Spot = None,
    slots: Slots = None,
    image: Image = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until a node is ready for tasks.")
    ] = False,
) -> CommandResult:
    """Make a pool of nodes with ffmpeg, or find the one that was made before."""
    from batchff.pipeline import pool as stage
    from batchff.pipeline.names import checked_id

    invocation = invocation_of(context)
    invocation.with_pool_flags(pool_flags(vm_size, nodes, spot, slots, image))
    spec = invocation.pool_spec()
    name = checked_id(pool_id, "ID") if pool_id else stage.pool_name(spec)
    created = stage.ensure_pool(name, spec, invocation.batch, invocation.console)
    if wait:
        from batchff.pipeline.pool_watch import wait_for_node

        wait_for_node(name, invocation.batch, invocation.console)
    return CommandResult("pool create", {"pool": name, "created": created}, text=name)
