"""`batchff job stop` and `job delete`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.jobs import JobId
from batchff.cli.options.shared import Yes
from batchff.cli.words.confirm import confirmed
from batchff.console.reporter import CommandResult
from batchff.errors import BatchffError
from batchff.model.states import JobState
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.model.jobs import TaskCounts


app = App()


@app.command()
def stop(context: typer.Context, job: JobId, yes: Yes = False) -> CommandResult:
    """Stop a job: running tasks are stopped, waiting ones never run.

    Outputs that are done are kept.
    """
    from batchff.pipeline.beginnings import require_whole
    from batchff.pipeline.job.lookup import named_job
    from batchff.pipeline.names import STOPPED
    from batchff.results.job.end import JobStop

    invocation = invocation_of(context)
    batch = invocation.batch
    status = named_job(job, batch)
    if yes:
        require_whole("job", job, status.id)
    data = JobStop(status.id, stopped=False)
    already = {
        JobState.COMPLETED: "has ended already",
        JobState.TERMINATING: "is ending already",
        JobState.DELETING: "is being deleted",
    }
    if status.state in already:
        return CommandResult(data, text=f"job {status.id} {already[JobState(status.state)]}")
    if not yes and not confirmed(
        f"Stop job {status.id}?", _at_stake(batch.tasks.counts(status.id))
    ):
        return CommandResult(data, text="nothing was stopped")
    batch.jobs.terminate(status.id, STOPPED)
    next_steps = (
        f"; download what is done with: batchff download {status.id}; "
        f"encode the rest with: batchff job retry {status.id}"
        if status.batchff
        else ""
    )
    return CommandResult(replace(data, stopped=True), text=f"job {status.id} is ending{next_steps}")


@app.command()
def delete(context: typer.Context, job: JobId, yes: Yes = False) -> CommandResult:
    """Delete a job that batchff made, with its tasks.

    Its inputs, outputs and logs remain as blobs, but 'download' and 'logs' don't find them without
    the job.
    """
    from batchff.console.words.text import printable
    from batchff.pipeline.beginnings import require_whole
    from batchff.pipeline.job.lookup import named_job, outputs_of
    from batchff.pipeline.job.retries import first_job_of
    from batchff.results.job.end import JobDelete

    invocation = invocation_of(context)
    batch = invocation.batch
    status = named_job(job, batch)
    if status.batchff is None:
        raise BatchffError(
            f"job {status.id!r} wasn't made by batchff, so it isn't deleted",
            hint="delete it with the program that made it",
        )
    if yes:
        require_whole("job", job, status.id)
    data = JobDelete(status.id, deleted=False)
    if status.state == JobState.DELETING:
        return CommandResult(data, text=f"job {status.id} is being deleted already")
    container = status.batchff.output_container
    folder = first_job_of(status)
    stays = f"its files remain in container {container}, in {folder}/"
    if status.batchff.to:
        stays += f", its outputs at {printable(outputs_of(status).address)}"
    details = f"{_at_stake(batch.tasks.counts(status.id))}\n{stays}; download them first with: "
    if not yes and not confirmed(
        f"Delete job {status.id}?", f"{details}batchff download {status.id}"
    ):
        return CommandResult(data, text="nothing was deleted")
    batch.jobs.delete(status.id)
    return CommandResult(
        replace(data, deleted=True),
        text=f"job {status.id} is being deleted; {stays}; "
        f"remove them with: batchff cleanup {folder} --outputs",
    )


def _at_stake(counts: TaskCounts) -> str:
    return (
        f"{counted(counts.succeeded, 'task')} succeeded, {counts.failed} failed, "
        f"{counts.running} running, {counts.active} waiting"
    )
