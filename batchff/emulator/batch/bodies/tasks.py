"""The bodies of requests about tasks."""

from __future__ import annotations

from batchff.emulator.batch.bodies.parts import (
    DISPLAY_NAME,
    ENVIRONMENT,
    OUTPUT_FILE,
    TASK_CONSTRAINTS,
    resource_files,
    user_identity,
)
from batchff.emulator.batch.protocol.schema import (
    choice,
    filled,
    identifier,
    integer,
    listing,
    only,
    record,
    refused,
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

TASK_CREATE = record(
    {"id": identifier, "commandLine": filled},
    {
        "displayName": DISPLAY_NAME,
        "exitConditions": _EXIT_CONDITIONS,
        "containerSettings": refused,
        "resourceFiles": resource_files,
        "outputFiles": listing(OUTPUT_FILE),
        "environmentSettings": ENVIRONMENT,
        "affinityInfo": refused,
        "constraints": TASK_CONSTRAINTS,
        "requiredSlots": integer(1, 256),
        "userIdentity": user_identity(("nonadmin", "admin")),
        "multiInstanceSettings": refused,
        "dependsOn": _DEPENDENCIES,
        "applicationPackageReferences": only([]),
        "authenticationTokenSettings": refused,
    },
)
TASK_REPLACE = record({}, {"constraints": TASK_CONSTRAINTS})
