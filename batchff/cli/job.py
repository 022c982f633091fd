"""`batchff job`: tasks."""

from __future__ import annotations

import typer

from batchff.cli.lazy_group import LazyGroup


class Commands(LazyGroup):
    """The commands of `batchff job`."""

    modules = {
        "list": "batchff.cli.job_list",
        "show": "batchff.cli.job_show",
        "retry": "batchff.cli.job_retry",
        "stop": "batchff.cli.job_end",
        "delete": "batchff.cli.job_end",
        "submit": "batchff.cli.job_submit",
    }


app = typer.Typer(
    name="job", cls=Commands, help="Jobs: a task for each file.", no_args_is_help=True
)
