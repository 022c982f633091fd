"""Options for how long a job may take; they also hold for what a profile says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchff.cli.options.shared import seconds
from batchff.model.duration import parse_duration
from batchff.rules import PRIORITIES, RETRIES

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.pipeline.job.limits import JobLimits
    from batchff.profile import Profile


def _duration(text: str) -> str:
    """Return a duration as it was written, once it's known to be one."""
    seconds(text)
    return text


TaskTimeout = Annotated[
    str | None,
    typer.Option(
        "--task-timeout",
        metavar="TIME",
        parser=_duration,
        help="The longest one attempt at a file may take.  [default: 24h]",
    ),
]
Retries = Annotated[
    int | None,
    typer.Option(
        "--retries",
        metavar="N",
        min=RETRIES.least,
        max=RETRIES.most,
        help="Attempts after the first, for what may pass: a node's fault.  [default: 1]",
    ),
]
QueueTime = Annotated[
    str | None,
    typer.Option(
        "--queue-time",
        metavar="TIME",
        parser=_duration,
        help="How long tasks may wait for nodes.  [default: 3d]",
    ),
]
Priority = Annotated[
    int | None,
    typer.Option(
        "--priority",
        metavar="N",
        min=PRIORITIES.least,
        max=PRIORITIES.most,
        help="From -1000 to 1000: jobs with more get nodes first.  [default: 0]",
    ),
]


def limit_flags(
    task_timeout: str | None, retries: int | None, queue_time: str | None, priority: int | None
) -> dict[str, str | int | None]:
    """Return a command's limits under the names that a profile has for them."""
    return {
        "job.task_timeout": task_timeout,
        "job.retries": retries,
        "job.queue_time": queue_time,
        "job.priority": priority,
    }


def changed_limits(
    task_timeout: str | None, retries: int | None, queue_time: str | None, priority: int | None
) -> Callable[[JobLimits], JobLimits]:
    """Return what puts the limits that a command was given in place of a job's own."""
    given = {
        "task_timeout": parse_duration(task_timeout) if task_timeout else None,
        "retries": retries,
        "queue_time": parse_duration(queue_time) if queue_time else None,
        "priority": priority,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return lambda limits: replace(limits, **changes)


def chosen_limits(invocation: Invocation) -> JobLimits:
    """Return the limits that flags, environment and profile ask for.

    Raises UsageError for those that no job, or no SAS of this storage account, can have.
    """
    from batchff.pipeline.job.limits import check_sas_life

    limits = asked_limits(invocation.profile)
    if not invocation.profile.text("pool.identity"):
        check_sas_life(limits, invocation.storage.longest_sas)
    return limits


def asked_limits(profile: Profile) -> JobLimits:
    """Return the limits that a profile's settings ask for.

    Raises UsageError for those that no job can have.
    """
    from batchff.pipeline.job.limits import JobLimits, check_limits

    limits = JobLimits(
        task_timeout=parse_duration(profile.require("job.task_timeout")),
        retries=profile.number("job.retries"),
        queue_time=parse_duration(profile.require("job.queue_time")),
        priority=profile.number("job.priority"),
    )
    check_limits(limits)
    return limits
