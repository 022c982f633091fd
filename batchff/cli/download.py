"""`batchff download`: downloads outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.jobs import JobOrNewest, job_or_newest
from batchff.console.reporter import CommandResult
from batchff.pipeline.names import OUTPUT_FOLDER
from batchff.wording import counted

app = App()


@app.command()
def download(
    context: typer.Context,
    job: JobOrNewest = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help=f"The folder.  [default: {OUTPUT_FOLDER}/SOURCE-PRESET]"),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace existing files that differ.")
    ] = False,
) -> CommandResult:
    """Download a job's outputs, and check each.

    Outputs that exist already aren't downloaded again. An existing file that differs is kept.
    """
    from batchff.events import Warned
    from batchff.pipeline.cloud_media.address import refuse_address
    from batchff.pipeline.default_folder import folder_of_job
    from batchff.pipeline.job.lookup import checked_as_ours, facts_of, outputs_of
    from batchff.pipeline.job.plan_blob import planned_outputs
    from batchff.pipeline.transfer import download as stage
    from batchff.results.download import Download

    refuse_address(to, "--to", "outputs can be written to storage only by: submit --to")
    invocation = invocation_of(context)
    status = checked_as_ours(job_or_newest(job, invocation))
    place = outputs_of(status)
    planned = planned_outputs(status, invocation.storage)
    unfinished = invocation.batch.tasks.counts(status.id).unfinished
    downloaded = stage.download(
        place,
        folder=to or folder_of_job(facts_of(status)).claim(),
        storage=invocation.storage,
        reporter=invocation.console,
        overwrite=overwrite,
        planned=planned,
    )
    if unfinished:
        invocation.console.report(
            Warned(f"{counted(unfinished, 'task')} not ended yet; download the rest later")
        )
    return CommandResult(
        Download(
            job=place.job,
            folder=str(downloaded.folder),
            files=downloaded.files,
            unchanged=downloaded.unchanged,
            kept=downloaded.kept,
            bytes=downloaded.bytes,
            unfinished=unfinished,
        ),
        text=str(downloaded.folder) if downloaded.files else f"job {place.job} has no outputs",
    )
