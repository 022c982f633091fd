"""Check a job's limits: whether the service takes them, and whether SAS can last as long."""

from __future__ import annotations

from datetime import timedelta

from batchff.errors import UsageError
from batchff.model.duration import duration_text
from batchff.model.limits import SAS_MARGIN, JobLimits
from batchff.rules import LONGEST_LIFE, PRIORITIES, RETRIES, check_limit

SHORTER = "shorten --queue-time, --task-timeout or --retries"
"""What helps against a job that may take too long."""


def check_limits(limits: JobLimits) -> None:
    """Raise UsageError for limits that no job can have."""
    for option, duration in (
        ("--task-timeout", limits.task_timeout),
        ("--queue-time", limits.queue_time),
    ):
        try:
            check_limit(duration)
        except UsageError as error:
            raise UsageError(f"{option}: {error.message}", hint=error.hint) from None
    for option, number, bounds in (
        ("--retries", limits.retries, RETRIES),
        ("--priority", limits.priority, PRIORITIES),
    ):
        if number not in bounds:
            raise UsageError(f"{option}: {number} isn't {bounds}")
    if limits.worst_case > LONGEST_LIFE:
        raise UsageError(f"{_sum(limits)}, and Azure Batch keeps a task for 180 days", hint=SHORTER)


def check_sas_life(limits: JobLimits, longest_sas: timedelta | None) -> None:
    """Raise UsageError where a job could outlive its SAS, before anything is sent or paid for.

    `longest_sas` is how long a SAS of this storage account can live, None for any length.
    """
    if longest_sas is not None and limits.worst_case + SAS_MARGIN > longest_sas:
        raise UsageError(
            f"{_sum(limits)}, and the links that let nodes at the files live at most "
            f"{duration_text(longest_sas - SAS_MARGIN)} when storage is signed in to "
            "without a key",
            hint=SHORTER,
        )


def _sum(limits: JobLimits) -> str:
    return (
        f"the job may take {duration_text(limits.worst_case)} "
        f"({duration_text(limits.queue_time)} in the queue and {limits.retries + 1} × "
        f"{duration_text(limits.task_timeout)} of work)"
    )
