"""The bodies of requests about jobs."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.parts import ENVIRONMENT, METADATA, RETRIES
from batchff.emulator.batch.bodies.pools import NEW_POOL_FIELDS, NEW_POOL_REQUIRED
from batchff.emulator.batch.errors import bad_property
from batchff.emulator.batch.schema import (
    Check,
    boolean,
    choice,
    duration,
    identifier,
    integer,
    only,
    record,
    refused,
    text,
)

_LONGEST_PREFIX = 20


def _pool_id_prefix(value: Any, name: str) -> None:
    """What an id may begin with."""
    identifier(value, name)
    if len(value) > _LONGEST_PREFIX:
        raise bad_property(name, value, f"It must have at most {_LONGEST_PREFIX} characters")


_AUTO_POOL = record(
    {
        "poolLifetimeOption": choice("job", "jobschedule", supported=("job",)),
        "pool": record(NEW_POOL_REQUIRED, NEW_POOL_FIELDS),
    },
    {"autoPoolIdPrefix": _pool_id_prefix, "keepAlive": boolean},
)
_NEW_JOB_POOL = record({}, {"poolId": identifier, "autoPoolSpecification": _AUTO_POOL})
_CHANGED_AUTO_POOL = record(
    {"poolLifetimeOption": choice("job", "jobschedule")},
    {
        "pool": record(NEW_POOL_REQUIRED, NEW_POOL_FIELDS),
        "autoPoolIdPrefix": _pool_id_prefix,
        "keepAlive": boolean,
    },
)

_JOB_FIELDS: dict[str, Check] = {
    "priority": integer(-1000, 1000),
    "allowTaskPreemption": only(False),
    "maxParallelTasks": only(-1),
    "constraints": record({}, {"maxWallClockTime": duration, "maxTaskRetryCount": RETRIES}),
    "poolInfo": record({}, {"poolId": identifier, "autoPoolSpecification": _CHANGED_AUTO_POOL}),
    "onAllTasksComplete": choice("noaction", "terminatejob"),
    "metadata": METADATA,
    "networkConfiguration": refused,
}

JOB_CREATE = record(
    {"id": identifier, "poolInfo": _NEW_JOB_POOL},
    _JOB_FIELDS
    | {
        "poolInfo": _NEW_JOB_POOL,
        "displayName": text,
        "usesTaskDependencies": boolean,
        "jobManagerTask": refused,
        "jobPreparationTask": refused,
        "jobReleaseTask": refused,
        "commonEnvironmentSettings": ENVIRONMENT,
        "onTaskFailure": choice("noaction", "performexitoptionsjobaction"),
    },
)
JOB_UPDATE = record({}, _JOB_FIELDS)
JOB_REPLACE = record({"poolInfo": _JOB_FIELDS["poolInfo"]}, _JOB_FIELDS)
JOB_DISABLE = record({"disableTasks": choice("requeue", "terminate", "wait")}, {})
JOB_TERMINATE = record({}, {"terminateReason": text})
