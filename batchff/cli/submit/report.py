"""The report that a submit writes at its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from batchff.errors import BatchffError, UsageError

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.cli.options.report_file import ReportFile
    from batchff.pipeline.submit.planning.submission import Submission


def report_target(path: Path | None, *, detach: bool) -> ReportFile | None:
    """Return the file that --report names; raise UsageError where none could be written to it."""
    if path is None:
        return None
    if detach:
        raise UsageError(
            "--report is written once the job has ended, and --detach doesn't wait for that",
            hint="leave it out, and write it later with: batchff report JOB",
        )
    from batchff.cli.options.report_file import report_file

    return report_file(path, "--report")


def write_submits_report(submission: Submission, target: ReportFile, invocation: Invocation) -> str:
    """Write the report of a submit that has ended; return its file's name.

    Where that fails, the submit is as it is: a warning says so, and nothing is returned.
    """
    from batchff.cli.options.report_file import write_report
    from batchff.cli.report import report_of
    from batchff.events import Warned
    from batchff.pipeline.job.lookup import require_job
    from batchff.pipeline.report.gather import gather, gather_done

    plan, storage = submission.plan, invocation.storage
    try:
        if submission.is_done:
            gathered = gather_done(submission.items, plan.output_container, storage)
        else:
            gathered = gather(require_job(plan.job, invocation.batch), invocation.batch, storage)
        return write_report(report_of(gathered, invocation), target).written
    except BatchffError as error:
        hint = f" ({error.hint})" if error.hint else ""
        invocation.console.report(Warned(f"{error.message}{hint}"))
        return ""


def tell_of_report(written: str, invocation: Invocation) -> None:
    """Report which file has the report, where the command ends with an error."""
    from batchff.console.words.text import printable
    from batchff.events import Notice

    if written:
        invocation.console.report(Notice(f"the report is {printable(written)}"))
