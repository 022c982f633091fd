"""What the bodies of jobs say of their preparation and release tasks."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.containers import CONTAINER_SETTINGS
from batchff.emulator.batch.bodies.parts import (
    ENVIRONMENT,
    TASK_CONSTRAINTS,
    resource_files,
    user_identity,
)
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import (
    Check,
    boolean,
    duration,
    filled,
    identifier,
    record,
)
from batchff.emulator.state.times import SECOND, parse_duration

_LONGEST_RELEASE = 15 * 60 * SECOND


def _release_time(value: Any, name: str) -> None:
    """A duration of at most 15 minutes."""
    duration(value, name)
    if parse_duration(value) > _LONGEST_RELEASE:
        raise bad_property(name, value, "A job release task can run for at most PT15M")


_FIELDS: dict[str, Check] = {
    "id": identifier,
    "containerSettings": CONTAINER_SETTINGS,
    "resourceFiles": resource_files,
    "environmentSettings": ENVIRONMENT,
    "userIdentity": user_identity,
}

JOB_PREPARATION_TASK = record(
    {"commandLine": filled},
    _FIELDS
    | {
        "constraints": TASK_CONSTRAINTS,
        "waitForSuccess": boolean,
        "rerunOnNodeRebootAfterSuccess": boolean,
    },
)
JOB_RELEASE_TASK = record(
    {"commandLine": filled},
    _FIELDS | {"maxWallClockTime": _release_time, "retentionTime": duration},
)
