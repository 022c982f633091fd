"""`batchff watch`: shows what a job does; the exit code is the job's outcome."""

from __future__ import annotations

from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.jobs import JobOrNewest, job_or_newest
from batchff.cli.options.shared import seconds
from batchff.cli.words.outcome import advise, exit_code_of, outcome_text
from batchff.console.reporter import CommandResult

app = App()


@app.command()
def watch(
    context: typer.Context,
    job: JobOrNewest = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=seconds, metavar="TIME", help="Stop watching after this, such as 90s, 30m, 2h."
        ),
    ] = None,
) -> CommandResult:
    """Show the progress of a job and its retries until they end.

    The exit code says how they ended.
    """
    from batchff.pipeline.job.lookup import source_of
    from batchff.pipeline.watch.with_retries import watch_with_retries
    from batchff.results.watch import Watch

    invocation = invocation_of(context)
    status = job_or_newest(job, invocation)
    source = source_of(status)
    outcome = watch_with_retries(
        status.id, invocation.batch, invocation.storage, invocation.console, timeout=timeout
    )
    advise(outcome, invocation.console, source)
    return CommandResult(
        Watch(outcome), text=outcome_text(outcome), exit_code=exit_code_of(outcome)
    )
