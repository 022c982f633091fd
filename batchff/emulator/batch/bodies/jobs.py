"""The bodies of requests about jobs."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.containers import CONTAINER_SETTINGS
from batchff.emulator.batch.bodies.job_tasks import JOB_PREPARATION_TASK, JOB_RELEASE_TASK
from batchff.emulator.batch.bodies.networks import JOB_NETWORK
from batchff.emulator.batch.bodies.parts import (
    APPLICATIONS,
    DISPLAY_NAME,
    ENVIRONMENT,
    METADATA,
    OUTPUT_FILE,
    RETRIES,
    TASK_CONSTRAINTS,
    TOKEN_SETTINGS,
    resource_files,
    user_identity,
)
from batchff.emulator.batch.bodies.pools import POOL_SPECIFICATION
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import (
    Check,
    boolean,
    choice,
    duration,
    filled,
    identifier,
    integer,
    listing,
    record,
    text,
)

_LONGEST_PREFIX = 20


def _pool_id_prefix(value: Any, name: str) -> None:
    """What an id may begin with."""
    identifier(value, name)
    if len(value) > _LONGEST_PREFIX:
        raise bad_property(name, value, f"It must have at most {_LONGEST_PREFIX} characters")


def _parallel_tasks(value: Any, name: str) -> None:
    """How many tasks may run at once: -1 is as many as can."""
    integer(-1)(value, name)
    if value == 0:
        raise bad_property(name, value, "It must be -1 or positive")


_AUTO_POOL = record(
    {
        "poolLifetimeOption": choice("job", "jobschedule"),
        "pool": POOL_SPECIFICATION,
    },
    {"autoPoolIdPrefix": _pool_id_prefix, "keepAlive": boolean},
)
_NEW_JOB_POOL = record({}, {"poolId": identifier, "autoPoolSpecification": _AUTO_POOL})
_CHANGED_AUTO_POOL = record(
    {"poolLifetimeOption": choice("job", "jobschedule")},
    {
        "pool": POOL_SPECIFICATION,
        "autoPoolIdPrefix": _pool_id_prefix,
        "keepAlive": boolean,
    },
)

_JOB_FIELDS: dict[str, Check] = {
    "priority": integer(-1000, 1000),
    "allowTaskPreemption": boolean,
    "maxParallelTasks": _parallel_tasks,
    "constraints": record({}, {"maxWallClockTime": duration, "maxTaskRetryCount": RETRIES}),
    "poolInfo": record({}, {"poolId": identifier, "autoPoolSpecification": _CHANGED_AUTO_POOL}),
    "onAllTasksComplete": choice("noaction", "terminatejob"),
    "metadata": METADATA,
    "networkConfiguration": JOB_NETWORK,
}

_JOB_MANAGER_TASK = record(
    {"id": identifier, "commandLine": filled},
    {
        "displayName": DISPLAY_NAME,
        "containerSettings": CONTAINER_SETTINGS,
        "resourceFiles": resource_files,
        "outputFiles": listing(OUTPUT_FILE),
        "environmentSettings": ENVIRONMENT,
        "constraints": TASK_CONSTRAINTS,
        "requiredSlots": integer(1, 256),
        "killJobOnCompletion": boolean,
        "userIdentity": user_identity,
        "runExclusive": boolean,
        "applicationPackageReferences": APPLICATIONS,
        "authenticationTokenSettings": TOKEN_SETTINGS,
        "allowLowPriorityNode": boolean,
    },
)

_NEW_JOB_FIELDS = _JOB_FIELDS | {
    "poolInfo": _NEW_JOB_POOL,
    "displayName": DISPLAY_NAME,
    "usesTaskDependencies": boolean,
    "jobManagerTask": _JOB_MANAGER_TASK,
    "jobPreparationTask": JOB_PREPARATION_TASK,
    "jobReleaseTask": JOB_RELEASE_TASK,
    "commonEnvironmentSettings": ENVIRONMENT,
    "onTaskFailure": choice("noaction", "performexitoptionsjobaction"),
}
JOB_CREATE = record({"id": identifier, "poolInfo": _NEW_JOB_POOL}, _NEW_JOB_FIELDS)
JOB_SPECIFICATION = record({"poolInfo": _NEW_JOB_POOL}, _NEW_JOB_FIELDS)
"""What the jobs of a schedule are made of."""
JOB_UPDATE = record({}, _JOB_FIELDS)
JOB_REPLACE = record({"poolInfo": _JOB_FIELDS["poolInfo"]}, _JOB_FIELDS)
JOB_DISABLE = record({"disableTasks": choice("requeue", "terminate", "wait")}, {})
JOB_TERMINATE = record({}, {"terminateReason": text})
