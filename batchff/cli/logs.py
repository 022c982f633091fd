"""`batchff logs`: shows ffmpeg's output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from batchff.cli.commands import App
from batchff.cli.invocation import invocation_of
from batchff.cli.options.jobs import JobOrNewest, job_or_newest
from batchff.console.reporter import CommandResult
from batchff.errors import UsageError
from batchff.wording import counted

if TYPE_CHECKING:
    from batchff.pipeline.watch.logs import Failures

app = App()


@app.command()
def logs(
    context: typer.Context,
    job: JobOrNewest = None,
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK]",
            help="A task's id, or its file's name or part of it.  [default: those that failed]",
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Continue until the task ends.")
    ] = False,
    stdout: Annotated[
        bool, typer.Option("--stdout", help="Show standard output instead of standard error.")
    ] = False,
) -> CommandResult:
    """Show ffmpeg's output: of one task, or of all that failed.

    The output of a running task is read from its node, that of an ended one from its blob.
    """
    from batchff.pipeline.job.task_lookup import find_task
    from batchff.pipeline.watch import logs as stage
    from batchff.results.logs import FailureLogs, TaskLog

    if follow and task is None:
        example = f"batchff logs -f {job or 'JOB'} TASK"
        raise UsageError("--follow needs a task", hint=f"as in: {example}")
    invocation = invocation_of(context)
    services = invocation.batch, invocation.storage, invocation.console
    status = job_or_newest(job, invocation)
    name = "stdout.txt" if stdout else "stderr.txt"
    if task is None:
        shown = stage.show_failures(status, name, *services)
        return CommandResult(
            FailureLogs(job=status.id, tasks=shown.tasks, lines=shown.lines, retried=shown.retried),
            text="" if shown.tasks else _why_nothing(status.id, shown),
        )
    run = find_task(status.id, task, invocation.batch)
    show = stage.follow_log if follow else stage.show_log
    lines = show(status, run, name, *services)
    return CommandResult(TaskLog(job=status.id, task=run.status.id, lines=lines))


def _why_nothing(job: str, failures: Failures) -> str:
    if not failures.retried:
        return f"no task of job {job} has failed"
    had_failed, retries = counted(failures.retried, "task"), ", ".join(failures.retries)
    return (
        f"nothing is failed in job {job}: what had failed ({had_failed}) "
        f"was retried in {retries}, and hasn't failed since"
    )
