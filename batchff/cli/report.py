"""`batchff report`: all that is known of a job and its retries, as a page or a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import Invocation, invocation_of
from batchff.cli.options.jobs import JobOrNewest, job_or_newest
from batchff.cli.options.report_file import report_file, write_report
from batchff.console.reporter import CommandResult

if TYPE_CHECKING:
    from batchff.pipeline.report.gather import Gathered
    from batchff.results.report import Report

app = App()

TO_STDOUT = "-"


@app.command()
def report(
    context: typer.Context,
    job: JobOrNewest = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The file: .html, .csv, .md or .json; '-' prints Markdown.  [default: JOB.html]",
        ),
    ] = None,
) -> CommandResult:
    """Write a report of a job and its retries.

    It has the figures, the failed files with reasons and what to do, the encoded files, what each
    node did when, and how it was made. It can be written while the job runs, and as long as the job
    is there.
    """
    from batchff.pipeline.report.gather import gather

    invocation = invocation_of(context)
    is_printed = out is not None and str(out) == TO_STDOUT
    target = report_file(out, "--out") if out is not None and not is_printed else None
    status = job_or_newest(job, invocation)
    made = report_of(gather(status, invocation.batch, invocation.storage), invocation)
    if is_printed:
        from batchff.console.report.markdown import markdown

        return CommandResult(made, text=markdown(made).rstrip("\n"))
    if target is None and invocation.flags.json:
        return CommandResult(made)
    target = target or report_file(Path(f"{made.history.job}.html"), "--out")
    return CommandResult(write_report(made, target), text=str(target.path))


def report_of(gathered: Gathered, invocation: Invocation) -> Report:
    """Return the report of a job, with what it costs by the profile's prices."""
    from batchff.pipeline.report.history import job_history
    from batchff.results.report import Report

    prices = invocation.prices

    def price(vm_size: str, dedicated: float, spot: float) -> float | None:
        return None if prices.free else prices.cost(vm_size, dedicated=dedicated, spot=spot)

    return Report("", job_history(gathered, price, prices.currency))
