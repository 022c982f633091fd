"""Check a job's limits: whether the service takes them, and whether SAS can last as long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
            f"{_sum(limits)}, and without the storage account's key the nodes' links to the files "
            f"are valid for at most {duration_text(longest_sas - SAS_MARGIN)}",
            hint=SHORTER,
        )


def check_given_sas(ends: datetime | None, limits: JobLimits, made: datetime) -> None:
    """Raise UsageError where a job could outlive the SAS that its media was given with.

    A SAS that ends as a stored access policy says is taken: None. `made` is when the job was, or
    will be. A task that starts when the SAS is over fails, and nobody can lengthen a SAS.
    """
    needed = limits.end_of(made)
    if ends is not None and ends < needed:
        raise UsageError(
            f"{_sum(limits)}, and the SAS of its media ends at {_moment(ends)}, before "
            f"{_moment(needed)}",
            hint=f"{SHORTER}, or make a SAS that is good until then",
        )


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _sum(limits: JobLimits) -> str:
    return (
        f"the job may take {duration_text(limits.worst_case)} "
        f"({duration_text(limits.queue_time)} in the queue and {limits.retries + 1} × "
        f"{duration_text(limits.task_timeout)} of work)"
    )
