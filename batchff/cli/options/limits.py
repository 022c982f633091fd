"""How long a job may take, as flags, environment and profile set it, or as a retry changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchff.model.duration import parse_duration

if TYPE_CHECKING:
    from batchff.cli.invocation import Invocation
    from batchff.model.limits import JobLimits
    from batchff.profile import Profile


def changed_limits(invocation: Invocation) -> Callable[[JobLimits], JobLimits]:
    """Return a function that replaces a job's limits by those of the command's flags."""
    changes: dict[str, Any] = {}
    for name in ("task_timeout", "retries", "queue_time", "priority"):
        value = invocation.flags.settings.get(f"job.{name}")
        if value is not None:
            changes[name] = parse_duration(value) if isinstance(value, str) else value
    return lambda limits: replace(limits, **changes)


def asked_limits(profile: Profile) -> JobLimits:
    """Return the limits that a profile's settings give; raise UsageError for impossible ones."""
    from batchff.model.limits import JobLimits
    from batchff.pipeline.job.limits import check_limits

    limits = JobLimits(
        task_timeout=parse_duration(profile.require("job.task_timeout")),
        retries=profile.number("job.retries"),
        queue_time=parse_duration(profile.require("job.queue_time")),
        priority=profile.number("job.priority"),
    )
    check_limits(limits)
    return limits
