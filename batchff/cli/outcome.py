"""How a job's end is told: in words and as an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchff.errors import ExitCode

if TYPE_CHECKING:
    from batchff.model import JobOutcome


def exit_code_of(outcome: JobOutcome) -> ExitCode:
    """Return a job's end as an exit code."""
    return ExitCode.DONE if outcome.all_succeeded else ExitCode.TASKS_FAILED


def outcome_text(outcome: JobOutcome) -> str:
    """Return a job's end in one line."""
    parts = [f"{outcome.succeeded} encoded"]
    if outcome.failed:
        parts.append(f"{outcome.failed} failed")
    if outcome.unfinished:
        parts.append(f"{outcome.unfinished} not run")
    return f"job {outcome.job}: {', '.join(parts)}"
