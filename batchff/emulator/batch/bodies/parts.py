"""What the bodies of pools, jobs and tasks have in common."""

from __future__ import annotations

import json
from typing import Any

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.batch.protocol.schema import (
    choice,
    duration,
    filled,
    integer,
    listing,
    record,
    short_text,
    text,
)

DISPLAY_NAME = short_text(1024)
METADATA = listing(record({"name": filled, "value": text}, {}))
ENVIRONMENT = listing(record({"name": filled}, {"value": text}))


_AUTO_USER = record(
    {},
    {"scope": choice("task", "pool"), "elevationLevel": choice("nonadmin", "admin")},
)
_USER_IDENTITY = record({}, {"username": filled, "autoUser": _AUTO_USER})


def user_identity(value: Any, name: str) -> None:
    """Who a command runs as: a user account of the pool, or one that the service makes."""
    _USER_IDENTITY(value, name)
    if "username" in value and "autoUser" in value:
        raise bad_property(f"{name}.username", "", "It goes without autoUser")


IDENTITY = record({"resourceId": filled}, {})

_SOURCES = ("httpUrl", "storageContainerUrl", "autoStorageContainerName")

_FILE_SOURCE = record(
    {},
    {
        "httpUrl": filled,
        "storageContainerUrl": filled,
        "autoStorageContainerName": filled,
        "blobPrefix": text,
        "filePath": text,
        "fileMode": text,
        "identityReference": IDENTITY,
    },
)


def resource_file(value: Any, name: str) -> None:
    """One source; a single file needs a path, and only a container takes a prefix."""
    _FILE_SOURCE(value, name)
    sources = [source for source in _SOURCES if source in value]
    if len(sources) != 1:
        raise bad_property(name, ", ".join(sources), "Exactly one source must be given")
    if "httpUrl" in value and not value.get("filePath"):
        raise bad_property(f"{name}.filePath", "", "It is required with httpUrl")
    if "httpUrl" in value and "blobPrefix" in value:
        raise bad_property(f"{name}.blobPrefix", "", "It goes with a container")
    if "autoStorageContainerName" in value and "identityReference" in value:
        raise bad_property(f"{name}.identityReference", "", "It goes with a URL")
    mode = value.get("fileMode")
    if mode is not None and not _is_octal(mode):
        raise bad_property(f"{name}.fileMode", mode, "It must be octal, as 0755")


def resource_files(value: Any, name: str) -> None:
    """A list of them that isn't longer than the service takes.

    The description says RequestEntityTooLarge, but what people were answered is a 400 with this
    reason (Azure/BatchExplorer issue 30, error 2504 of Data Factory's custom activities). What is
    counted as characters isn't said: here it's all of the list's JSON.
    """
    _RESOURCE_FILES(value, name)
    length = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    if length > _MOST_CHARACTERS:
        reason = f"Total size of resourceFiles cannot be more than {_MOST_CHARACTERS} characters"
        raise BatchError("InvalidPropertyValue", {"PropertyName": name, "Reason": reason})


def _is_octal(mode: str) -> bool:
    return 0 < len(mode) <= 5 and all(digit in "01234567" for digit in mode)


_RESOURCE_FILES = listing(resource_file)
_MOST_CHARACTERS = 32_768

TOKEN_SETTINGS = record({}, {"access": listing(choice("job"))})
APPLICATIONS = listing(record({"applicationId": filled}, {"version": text}))

OUTPUT_FILE = record(
    {
        "filePattern": filled,
        "destination": record(
            {
                "container": record(
                    {"containerUrl": filled},
                    {
                        "path": text,
                        "identityReference": IDENTITY,
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

RETRIES = integer(-1, 10_000)

TASK_CONSTRAINTS = record(
    {},
    {"maxWallClockTime": duration, "retentionTime": duration, "maxTaskRetryCount": RETRIES},
)
