"""How a job's end is told: in words and as an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.errors import ExitCode

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter
    from batchff.model import JobOutcome


def exit_code_of(outcome: JobOutcome) -> ExitCode:
    """Return a job's end as an exit code."""
    return ExitCode.DONE if outcome.all_succeeded else ExitCode.TASKS_FAILED


def outcome_text(outcome: JobOutcome) -> str:
    """Return a job's end in one line."""
    not_run = outcome.unfinished - outcome.unreachable
    parts = [f"{outcome.succeeded} {'encoded' if outcome.encodes else 'succeeded'}"]
    counts = {"failed": outcome.failed, "unreachable": outcome.unreachable, "not run": not_run}
    parts += [f"{count} {name}" for name, count in counts.items() if count]
    return f"job {outcome.job}: {', '.join(parts)}"


def advise(outcome: JobOutcome, reporter: Reporter) -> None:
    """Tell what a user can do about a job's end, where not all is well."""
    from batchff.events import Notice

    advice = _what_to_do(outcome)
    if advice:
        reporter.report(Notice(advice))


def _what_to_do(outcome: JobOutcome) -> str:
    job = outcome.job
    if outcome.unreachable:
        return (
            f"tasks that wait behind a failed one never run, and job {job} stays open for them; "
            f"end it with: batchff job stop {job}"
        )
    if outcome.encodes and not outcome.all_succeeded:
        what = "what failed again" if outcome.failed else "what never ran"
        return f"encode {what} with: batchff job retry {job}"
    return ""
