"""The bodies of requests about tasks."""

from __future__ import annotations

from batchff.emulator.batch.bodies.containers import CONTAINER_SETTINGS
from batchff.emulator.batch.bodies.parts import (
    APPLICATIONS,
    DISPLAY_NAME,
    ENVIRONMENT,
    OUTPUT_FILE,
    TASK_CONSTRAINTS,
    TOKEN_SETTINGS,
    resource_files,
    user_identity,
)
from batchff.emulator.batch.protocol.schema import (
    choice,
    filled,
    identifier,
    integer,
    listing,
    record,
)

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

_MULTI_INSTANCE = record(
    {"coordinationCommandLine": filled},
    {"numberOfInstances": integer(1), "commonResourceFiles": resource_files},
)

TASK_CREATE = record(
    {"id": identifier, "commandLine": filled},
    {
        "displayName": DISPLAY_NAME,
        "exitConditions": _EXIT_CONDITIONS,
        "containerSettings": CONTAINER_SETTINGS,
        "resourceFiles": resource_files,
        "outputFiles": listing(OUTPUT_FILE),
        "environmentSettings": ENVIRONMENT,
        "affinityInfo": record({"affinityId": filled}, {}),
        "constraints": TASK_CONSTRAINTS,
        "requiredSlots": integer(1, 256),
        "userIdentity": user_identity,
        "multiInstanceSettings": _MULTI_INSTANCE,
        "dependsOn": _DEPENDENCIES,
        "applicationPackageReferences": APPLICATIONS,
        "authenticationTokenSettings": TOKEN_SETTINGS,
    },
)
TASK_REPLACE = record({}, {"constraints": TASK_CONSTRAINTS})
