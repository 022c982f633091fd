"""`batchff pool` and its commands."""

from __future__ import annotations

from batchff.cli.commands import App
from batchff.cli.lazy_group import LazyGroup


class Commands(LazyGroup):
    """The commands of `batchff pool`."""

    modules = {
        "create": "batchff.cli.pool.create",
        "list": "batchff.cli.pool.list",
        "show": "batchff.cli.pool.show",
        "resize": "batchff.cli.pool.change",
        "delete": "batchff.cli.pool.change",
        "images": "batchff.cli.pool.list",
    }


app = App(name="pool", cls=Commands, help="Nodes with ffmpeg.", no_args_is_help=True)
