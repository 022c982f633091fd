"""`batchff job` and its commands."""

from __future__ import annotations

from batchff.cli.commands import App
from batchff.cli.lazy_group import LazyGroup


class Commands(LazyGroup):
    """The commands of `batchff job`."""

    modules = {
        "list": "batchff.cli.job.list",
        "show": "batchff.cli.job.show",
        "retry": "batchff.cli.job.retry",
        "stop": "batchff.cli.job.end",
        "delete": "batchff.cli.job.end",
        "submit": "batchff.cli.job.submit",
    }


app = App(name="job", cls=Commands, help="Jobs and their tasks.", no_args_is_help=True)
