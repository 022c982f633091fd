"""`batchff watch`: shows what a job does; the exit code is the job's outcome."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.jobs import JobOrNewest, job_or_newest
from batchff.cli.options.shared import Bell, seconds
from batchff.cli.words.money import tell_of_nodes
from batchff.cli.words.outcome import advise, exit_code_of, kept_sources, outcome_text
from batchff.console.reporter import CommandResult
from batchff.errors import InterruptedByUser
from batchff.pipeline.default_folder import is_missing_here

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.cli.words.measured import Measured
    from batchff.model.jobs import JobStatus

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
    bell: Bell = False,
) -> CommandResult:
    """Show the progress of a job and its retries until they end.

    The exit code says how they ended.
    """
    from batchff.cli.words.end import Left, end_lines, so_far_lines
    from batchff.console.tally import Tally
    from batchff.pipeline.job.lookup import source_of
    from batchff.pipeline.watch.with_retries import watch_with_retries
    from batchff.results.watch import Watch

    invocation = invocation_of(context)
    invocation.rings = bell
    status = job_or_newest(job, invocation)
    source, facts = source_of(status), status.batchff
    tally = Tally(invocation.console)
    if facts is not None and facts.vm_size:
        tell_of_nodes(facts.vm_size, facts.slots, tally, invocation)
    try:
        outcome = watch_with_retries(
            status.id, invocation.batch, invocation.storage, tally, timeout=timeout
        )
    except InterruptedByUser as error:
        error.summary = so_far_lines(tally)
        raise
    advice = advise(outcome, invocation.console, source)
    outputs = outcome.outputs - kept_sources(outcome)
    missing = facts is not None and is_missing_here(facts, outputs)
    if missing:
        advice.insert(0, f"outputs are missing here; get them with: batchff download {status.id}")
    took = ((status.ended or datetime.now(UTC)) - status.created).total_seconds()
    left = Left("the uploads and the outputs", " --pool --inputs --outputs")
    return CommandResult(
        Watch(outcome),
        text=outcome_text(outcome),
        exit_code=exit_code_of(outcome),
        end=end_lines(
            outcome,
            tally,
            left,
            advice,
            besides=1,
            took=took,
            measured=_measured(status, invocation),
        ),
    )


def _measured(job: JobStatus, invocation: Invocation) -> Measured:
    """Return what nodes measured of a job's films."""
    from batchff.cli.words.measured import NOTHING_MEASURED, measured_of
    from batchff.errors import BatchffError
    from batchff.pipeline.job.make import stored_recipes
    from batchff.pipeline.job.retries import first_job_of

    if job.batchff is None:
        return NOTHING_MEASURED
    first, container = first_job_of(job), job.batchff.output_container
    try:
        recipes = stored_recipes(first, container, invocation.storage)
    except BatchffError:
        return NOTHING_MEASURED
    return measured_of(first, container, recipes, invocation.storage)
