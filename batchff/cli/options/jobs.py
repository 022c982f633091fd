"""The job that a command is about: the one that the user named, or the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.completion.values import complete_job

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.model.jobs import JobStatus

JobId = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="The job's id, or the beginning of it.",
        autocompletion=complete_job,
        show_default=False,
    ),
]
JobOrNewest = Annotated[
    str | None,
    typer.Argument(
        metavar="[JOB]",
        help="The job's id, or the beginning of it.  [default: your newest]",
        autocompletion=complete_job,
    ),
]


def job_or_newest(name: str | None, invocation: Invocation) -> JobStatus:
    """Return the job that was named, or else the newest, and say which that is.

    Raises NotFoundError for none, UsageError where several ids begin so.
    """
    from batchff.events import Notice
    from batchff.pipeline.job.lookup import named_job, newest_job

    if name is not None:
        return named_job(name, invocation.batch)
    newest = newest_job(invocation.batch)
    invocation.console.report(Notice(f"job: {newest.id}, the newest"))
    return newest
