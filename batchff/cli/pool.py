"""`batchff pool`: nodes with ffmpeg."""

from __future__ import annotations

import typer

from batchff.cli.lazy_group import LazyGroup


class Commands(LazyGroup):
    """The commands of `batchff pool`."""

    modules = {
        "create": "batchff.cli.pool_create",
        "list": "batchff.cli.pool_list",
        "show": "batchff.cli.pool_show",
        "resize": "batchff.cli.pool_change",
        "delete": "batchff.cli.pool_change",
        "images": "batchff.cli.pool_list",
    }


app = typer.Typer(name="pool", cls=Commands, help="Nodes with ffmpeg.", no_args_is_help=True)
