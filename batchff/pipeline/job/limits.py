"""Limits: how long a job may take at the worst, and so how long its SAS must live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from batchff.errors import UsageError
from batchff.model.duration import duration_text
from batchff.pipeline.stamp import stamped_fact
from batchff.rules import LONGEST_LIFE, PRIORITIES, RETRIES, check_limit

SAS_MARGIN = timedelta(hours=1)
"""A task that the job's end stops still sends its logs."""

SHORTER = "shorten --queue-time, --task-timeout or --retries"
"""What helps against a job that may take too long."""


@dataclass(frozen=True, slots=True)
class JobLimits:
    """How long tasks may wait for nodes and run, and how often one is tried.

    `task_timeout` is the wall time of one attempt, `retries` counts the attempts after the first,
    `queue_time` is for all of the job. Jobs of a higher `priority` get nodes first.
    """

    task_timeout: timedelta = timedelta(hours=24)
    retries: int = 1
    queue_time: timedelta = timedelta(days=3)
    priority: int = 0

    @property
    def running_time(self) -> timedelta:
        """The longest that one task can run, all its attempts together."""
        return self.task_timeout * (self.retries + 1)

    @property
    def worst_case(self) -> timedelta:
        """The longest that the job can take: the service ends it then."""
        return self.queue_time + self.running_time

    def end_of(self, created: datetime) -> datetime:
        """Return when a job that was created then has ended at the latest."""
        return created + self.worst_case

    def sas_expiry(self, created: datetime) -> datetime:
        """Return until when the SAS of a job's tasks must be good."""
        return self.end_of(created) + SAS_MARGIN

    def facts(self) -> dict[str, str]:
        """Return the limits as a job's stamp holds them."""
        return {
            "task_timeout": str(int(self.task_timeout.total_seconds())),
            "retries": str(self.retries),
            "queue_time": str(int(self.queue_time.total_seconds())),
            "priority": str(self.priority),
        }


def stamped_limits(metadata: Mapping[str, str]) -> JobLimits:
    """Return the limits that a job was made with; the usual ones where its stamp has none."""
    usual = JobLimits().facts()
    stamped = {name: stamped_fact(metadata, name) or usual[name] for name in usual}
    return JobLimits(
        task_timeout=timedelta(seconds=int(stamped["task_timeout"])),
        retries=int(stamped["retries"]),
        queue_time=timedelta(seconds=int(stamped["queue_time"])),
        priority=int(stamped["priority"]),
    )


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
