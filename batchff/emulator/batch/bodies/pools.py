"""The bodies of requests about pools."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.parts import (
    DISPLAY_NAME,
    ENVIRONMENT,
    METADATA,
    RETRIES,
    resource_files,
    user_identity,
)
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import (
    Check,
    boolean,
    choice,
    duration,
    filled,
    identifier,
    integer,
    mapping,
    only,
    record,
    refused,
    text,
)
from batchff.emulator.state.states import Deallocation
from batchff.emulator.state.times import DAY, SECOND, parse_duration

_START_TASK = record(
    {"commandLine": filled},
    {
        "resourceFiles": resource_files,
        "environmentSettings": ENVIRONMENT,
        "userIdentity": user_identity(("nonadmin", "admin")),
        "maxTaskRetryCount": RETRIES,
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
    "displayName": DISPLAY_NAME,
    "virtualMachineConfiguration": _VIRTUAL_MACHINE,
    "enableInterNodeCommunication": only(False),
    "networkConfiguration": refused,
    "startTask": _START_TASK,
    "applicationPackageReferences": only([]),
    "taskSlotsPerNode": integer(1, 256),
    "taskSchedulingPolicy": _SCHEDULING_POLICY,
    "userAccounts": only([]),
    "metadata": METADATA,
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

NEW_POOL_REQUIRED: dict[str, Check] = {
    "vmSize": filled,
    "virtualMachineConfiguration": _VIRTUAL_MACHINE,
}
NEW_POOL_FIELDS: dict[str, Check] = _POOL_FIELDS | {
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
POOL_CREATE = record({"id": identifier, **NEW_POOL_REQUIRED}, NEW_POOL_FIELDS)
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
    {"metadata": METADATA, "applicationPackageReferences": only([])},
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
