"""The bodies of requests about pools."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.containers import CONTAINER_SETTINGS
from batchff.emulator.batch.bodies.machines import (
    CLOUD_SERVICE,
    UPGRADE_POLICY,
    VIRTUAL_MACHINE,
)
from batchff.emulator.batch.bodies.mounts import MOUNTS
from batchff.emulator.batch.bodies.networks import network
from batchff.emulator.batch.bodies.parts import (
    APPLICATIONS,
    DISPLAY_NAME,
    ENVIRONMENT,
    METADATA,
    RETRIES,
    resource_files,
    user_identity,
)
from batchff.emulator.batch.bodies.users import user_accounts
from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.batch.protocol.schema import (
    Check,
    boolean,
    choice,
    duration,
    filled,
    identifier,
    integer,
    listing,
    mapping,
    record,
    text,
)
from batchff.emulator.state.states import Deallocation
from batchff.emulator.state.times import DAY, SECOND, parse_duration

_START_TASK = record(
    {"commandLine": filled},
    {
        "resourceFiles": resource_files,
        "environmentSettings": ENVIRONMENT,
        "userIdentity": user_identity,
        "maxTaskRetryCount": RETRIES,
        "waitForSuccess": boolean,
        "containerSettings": CONTAINER_SETTINGS,
    },
)

_SCHEDULING_POLICY = record(
    {"nodeFillType": choice("spread", "pack")},
    {"jobDefaultOrder": choice("none", "creationtime")},
)

_POOL_FIELDS: dict[str, Check] = {
    "displayName": DISPLAY_NAME,
    "virtualMachineConfiguration": VIRTUAL_MACHINE,
    "enableInterNodeCommunication": boolean,
    "networkConfiguration": network,
    "startTask": _START_TASK,
    "applicationPackageReferences": APPLICATIONS,
    "taskSlotsPerNode": integer(1, 256),
    "taskSchedulingPolicy": _SCHEDULING_POLICY,
    "userAccounts": user_accounts,
    "metadata": METADATA,
    "mountConfiguration": MOUNTS,
    "upgradePolicy": UPGRADE_POLICY,
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

_CERTIFICATES = listing(
    record(
        {"thumbprint": filled, "thumbprintAlgorithm": filled},
        {
            "storeLocation": choice("currentuser", "localmachine"),
            "storeName": filled,
            "visibility": listing(choice("starttask", "task", "remoteuser")),
        },
    )
)

_NEW_POOL_FIELDS: dict[str, Check] = _POOL_FIELDS | {
    "resizeTimeout": resize_timeout,
    "targetDedicatedNodes": _NODES,
    "targetLowPriorityNodes": _NODES,
    "enableAutoScale": boolean,
    **_AUTO_SCALE,
    "applicationLicenses": listing(filled),
    "certificateReferences": _CERTIFICATES,
    "cloudServiceConfiguration": CLOUD_SERVICE,
    "resourceTags": mapping(text),
    "targetNodeCommunicationMode": _COMMUNICATION_MODE,
}


def _new_pool(required: dict[str, Check]) -> Check:
    """What a new pool is made of: of virtual machines, or once of a cloud service."""
    form = record({**required, "vmSize": filled}, _NEW_POOL_FIELDS)

    def check(value: Any, name: str) -> None:
        form(value, name)
        kinds = [kind for kind in _KINDS if kind in value]
        place = f"{name}.{_KINDS[0]}" if name else _KINDS[0]
        if not kinds:
            raise BatchError("MissingRequiredProperty", {"PropertyName": place})
        if len(kinds) > 1:
            raise bad_property(place, "", f"It goes without {_KINDS[1]}")

    return check


_KINDS = ("virtualMachineConfiguration", "cloudServiceConfiguration")
POOL_CREATE = _new_pool({"id": identifier})
POOL_SPECIFICATION = _new_pool({})
"""The pool that a job wants made."""
POOL_UPDATE = record(
    {},
    _POOL_FIELDS
    | {
        "vmSize": filled,
        "certificateReferences": _CERTIFICATES,
        "resourceTags": mapping(text),
        "targetNodeCommunicationMode": _COMMUNICATION_MODE,
    },
)
POOL_REPLACE = record(
    {"metadata": METADATA, "applicationPackageReferences": APPLICATIONS},
    {
        "startTask": _START_TASK,
        "certificateReferences": _CERTIFICATES,
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
