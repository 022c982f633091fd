"""The bodies of requests about job schedules."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.jobs import JOB_SPECIFICATION
from batchff.emulator.batch.bodies.parts import DISPLAY_NAME, METADATA
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import duration, identifier, moment, record
from batchff.emulator.state.times import SECOND, parse_duration

_LEAST_SPAN = 60 * SECOND


def _span(value: Any, name: str) -> None:
    """A duration of at least a minute."""
    duration(value, name)
    if parse_duration(value) < _LEAST_SPAN:
        raise bad_property(name, value, "It must be at least PT1M")


_SCHEDULE = record(
    {},
    {
        "doNotRunUntil": moment,
        "doNotRunAfter": moment,
        "startWindow": _span,
        "recurrenceInterval": _span,
    },
)

JOB_SCHEDULE_CREATE = record(
    {"id": identifier, "schedule": _SCHEDULE, "jobSpecification": JOB_SPECIFICATION},
    {"displayName": DISPLAY_NAME, "metadata": METADATA},
)
JOB_SCHEDULE_UPDATE = record(
    {},
    {"schedule": _SCHEDULE, "jobSpecification": JOB_SPECIFICATION, "metadata": METADATA},
)
# A schedule that is left out is the default one: one job, at once. The versions before 2024-07-01
# call it required; clients of them that leave it out mean the same.
JOB_SCHEDULE_REPLACE = record(
    {"jobSpecification": JOB_SPECIFICATION},
    {"schedule": _SCHEDULE, "metadata": METADATA},
)
