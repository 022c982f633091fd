"""The bodies of requests: the fields of pools, jobs and tasks, and which of them are supported."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.errors import bad_property
from batchff.emulator.batch.model import Deallocation
from batchff.emulator.batch.schema import (
    Check,
    boolean,
    choice,
    duration,
    filled,
    identifier,
    integer,
    listing,
    mapping,
    only,
    record,
    refused,
    text,
)
from batchff.emulator.batch.times import DAY, SECOND, parse_duration

_METADATA = listing(record({"name": filled, "value": text}, {}))
_ENVIRONMENT = listing(record({"name": filled}, {"value": text}))


def _user_identity(elevations: tuple[str, ...]) -> Check:
    auto_user = record(
        {},
        {
            "scope": choice("task", "pool"),
            "elevationLevel": choice("nonadmin", "admin", supported=elevations),
        },
    )
    return record({}, {"username": refused, "autoUser": auto_user})


_FILE_SOURCE = record(
    {},
    {
        "httpUrl": filled,
        "storageContainerUrl": filled,
        "autoStorageContainerName": refused,
        "blobPrefix": text,
        "filePath": text,
        "fileMode": text,
        "identityReference": refused,
    },
)


def _resource_file(value: Any, name: str) -> None:
    """One source; a single file needs a path, and only a container takes a prefix."""
    _FILE_SOURCE(value, name)
    sources = [source for source in ("httpUrl", "storageContainerUrl") if source in value]
    if len(sources) != 1:
        raise bad_property(name, sources, "Exactly one source must be given")
    if "httpUrl" in value and not value.get("filePath"):
        raise bad_property(f"{name}.filePath", "", "It is required with httpUrl")
    if "httpUrl" in value and "blobPrefix" in value:
        raise bad_property(f"{name}.blobPrefix", "", "It goes with storageContainerUrl")
    mode = value.get("fileMode")
    if mode is not None and not _is_octal(mode):
        raise bad_property(f"{name}.fileMode", mode, "It must be octal, as 0755")


def _is_octal(mode: str) -> bool:
    return 0 < len(mode) <= 5 and all(digit in "01234567" for digit in mode)


_OUTPUT_FILE = record(
    {
        "filePattern": filled,
        "destination": record(
            {
                "container": record(
                    {"containerUrl": filled},
                    {
                        "path": text,
                        "identityReference": refused,
                        "uploadHeaders": listing(record({"name": filled}, {"value": text})),
                    },
                )
            },
            {},
        ),
        "uploadOptions": record(
            {"uploadCondition": choice("tasksuccess", "taskfailure", "taskcompletion")}, {}
        ),
    },
    {},
)

_RETRIES = integer(-1, 10_000)

_START_TASK = record(
    {"commandLine": filled},
    {
        "resourceFiles": listing(_resource_file),
        "environmentSettings": _ENVIRONMENT,
        "userIdentity": _user_identity(("nonadmin", "admin")),
        "maxTaskRetryCount": _RETRIES,
        "waitForSuccess": boolean,
        "containerSettings": refused,
    },
)

_IMAGE = record(
    {},
    {
        "publisher": filled,
        "offer": filled,
        "sku": filled,
        "version": text,
        "virtualMachineImageId": refused,
        "sharedGalleryImageId": refused,
        "communityGalleryImageId": refused,
    },
)

_VIRTUAL_MACHINE = record(
    {"imageReference": _IMAGE, "nodeAgentSKUId": filled},
    {
        "windowsConfiguration": refused,
        "dataDisks": refused,
        "licenseType": refused,
        "containerConfiguration": refused,
        "diskEncryptionConfiguration": refused,
        "nodePlacementConfiguration": refused,
        "extensions": refused,
        "osDisk": refused,
        "securityProfile": refused,
        "serviceArtifactReference": refused,
    },
)

_SCHEDULING_POLICY = record(
    {"nodeFillType": choice("spread", "pack")},
    {"jobDefaultOrder": choice("none", "creationtime")},
)

_POOL_FIELDS: dict[str, Check] = {
    "displayName": text,
    "virtualMachineConfiguration": _VIRTUAL_MACHINE,
    "enableInterNodeCommunication": only(False),
    "networkConfiguration": refused,
    "startTask": _START_TASK,
    "applicationPackageReferences": only([]),
    "taskSlotsPerNode": integer(1, 256),
    "taskSchedulingPolicy": _SCHEDULING_POLICY,
    "userAccounts": only([]),
    "metadata": _METADATA,
    "mountConfiguration": only([]),
    "upgradePolicy": refused,
}

_LEAST_RESIZE_TIMEOUT = 5 * 60 * SECOND
_LONGEST_RESIZE_TIMEOUT = 7 * DAY


def resize_timeout(value: Any, name: str) -> None:
    """A duration of at least 5 minutes and at most 168 hours."""
    duration(value, name)
    if not _LEAST_RESIZE_TIMEOUT <= parse_duration(value) <= _LONGEST_RESIZE_TIMEOUT:
        raise bad_property(name, value, "It must be from PT5M to PT168H")


_NODES = integer(0, 10_000)
_AUTO_SCALE: dict[str, Check] = {
    "autoScaleFormula": text,
    "autoScaleEvaluationInterval": duration,
}

# How a node reaches the service: here there is one way, so it is kept and does nothing.
_COMMUNICATION_MODE = choice("default", "classic", "simplified")

_NEW_POOL_REQUIRED: dict[str, Check] = {
    "vmSize": filled,
    "virtualMachineConfiguration": _VIRTUAL_MACHINE,
}
_NEW_POOL_FIELDS: dict[str, Check] = _POOL_FIELDS | {
    "resizeTimeout": resize_timeout,
    "targetDedicatedNodes": _NODES,
    "targetLowPriorityNodes": _NODES,
    "enableAutoScale": boolean,
    **_AUTO_SCALE,
    "applicationLicenses": only([]),
    "certificateReferences": only([]),
    "cloudServiceConfiguration": refused,
    "resourceTags": mapping(text),
    "targetNodeCommunicationMode": _COMMUNICATION_MODE,
}
POOL_CREATE = record({"id": identifier, **_NEW_POOL_REQUIRED}, _NEW_POOL_FIELDS)
POOL_UPDATE = record(
    {},
    _POOL_FIELDS
    | {
        "vmSize": filled,
        "certificateReferences": only([]),
        "resourceTags": mapping(text),
        "targetNodeCommunicationMode": _COMMUNICATION_MODE,
    },
)
POOL_REPLACE = record(
    {"metadata": _METADATA, "applicationPackageReferences": only([])},
    {
        "startTask": _START_TASK,
        "certificateReferences": only([]),
        "targetNodeCommunicationMode": _COMMUNICATION_MODE,
    },
)
POOL_ENABLE_AUTO_SCALE = record({}, _AUTO_SCALE)
POOL_EVALUATE_AUTO_SCALE = record({"autoScaleFormula": text}, {})
POOL_RESIZE = record(
    {},
    {
        "targetDedicatedNodes": _NODES,
        "targetLowPriorityNodes": _NODES,
        "resizeTimeout": resize_timeout,
        "nodeDeallocationOption": choice(*Deallocation),
    },
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
        "pool": record(_NEW_POOL_REQUIRED, _NEW_POOL_FIELDS),
    },
    {"autoPoolIdPrefix": _pool_id_prefix, "keepAlive": boolean},
)
_NEW_JOB_POOL = record({}, {"poolId": identifier, "autoPoolSpecification": _AUTO_POOL})

_JOB_FIELDS: dict[str, Check] = {
    "priority": integer(-1000, 1000),
    "allowTaskPreemption": only(False),
    "maxParallelTasks": only(-1),
    "constraints": record({}, {"maxWallClockTime": duration, "maxTaskRetryCount": _RETRIES}),
    "poolInfo": record({}, {"poolId": identifier, "autoPoolSpecification": refused}),
    "onAllTasksComplete": choice("noaction", "terminatejob"),
    "metadata": _METADATA,
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
        "commonEnvironmentSettings": _ENVIRONMENT,
        "onTaskFailure": choice("noaction", "performexitoptionsjobaction"),
    },
)
JOB_UPDATE = record({}, _JOB_FIELDS)
JOB_REPLACE = record({"poolInfo": _JOB_FIELDS["poolInfo"]}, _JOB_FIELDS)
JOB_DISABLE = record({"disableTasks": choice("requeue", "terminate", "wait")}, {})
JOB_TERMINATE = record({}, {"terminateReason": text})

_NUMBER = integer(-(2**31))
_DEPENDENCIES = record(
    {},
    {
        "taskIds": listing(filled),
        "taskIdRanges": listing(record({"start": _NUMBER, "end": _NUMBER}, {})),
    },
)

_EXIT_OPTIONS = record(
    {},
    {
        "jobAction": choice("none", "disable", "terminate"),
        "dependencyAction": choice("satisfy", "block"),
    },
)
_EXIT_CONDITIONS = record(
    {},
    {
        "exitCodes": listing(record({"code": _NUMBER, "exitOptions": _EXIT_OPTIONS}, {})),
        "exitCodeRanges": listing(
            record({"start": _NUMBER, "end": _NUMBER, "exitOptions": _EXIT_OPTIONS}, {})
        ),
        "preProcessingError": _EXIT_OPTIONS,
        "fileUploadError": _EXIT_OPTIONS,
        "default": _EXIT_OPTIONS,
    },
)

TASK_CONSTRAINTS = record(
    {},
    {"maxWallClockTime": duration, "retentionTime": duration, "maxTaskRetryCount": _RETRIES},
)
TASK_CREATE = record(
    {"id": identifier, "commandLine": filled},
    {
        "displayName": text,
        "exitConditions": _EXIT_CONDITIONS,
        "containerSettings": refused,
        "resourceFiles": listing(_resource_file),
        "outputFiles": listing(_OUTPUT_FILE),
        "environmentSettings": _ENVIRONMENT,
        "affinityInfo": refused,
        "constraints": TASK_CONSTRAINTS,
        "requiredSlots": integer(1, 256),
        "userIdentity": _user_identity(("nonadmin",)),
        "multiInstanceSettings": refused,
        "dependsOn": _DEPENDENCIES,
        "applicationPackageReferences": only([]),
        "authenticationTokenSettings": refused,
    },
)
TASK_REPLACE = record({}, {"constraints": TASK_CONSTRAINTS})
