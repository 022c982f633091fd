"""The longest that a job may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SAS_MARGIN = timedelta(hours=1)
"""SAS outlive the job by this much, so that a task that the job's end stops can upload its logs."""


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
