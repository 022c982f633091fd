"""What bodies say of containers and their registries."""

from __future__ import annotations

from batchff.emulator.batch.bodies.parts import IDENTITY
from batchff.emulator.batch.protocol.schema import (
    boolean,
    choice,
    filled,
    listing,
    record,
    secret,
    text,
)

_REGISTRY = record(
    {},
    {"username": text, "password": secret, "registryServer": text, "identityReference": IDENTITY},
)

_BIND_MOUNT = record(
    {},
    {
        "source": choice("Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications"),
        "isReadOnly": boolean,
    },
)

CONTAINER_SETTINGS = record(
    {"imageName": filled},
    {
        "containerRunOptions": text,
        "registry": _REGISTRY,
        "workingDirectory": choice("taskWorkingDirectory", "containerImageDefault"),
        "containerHostBatchBindMounts": listing(_BIND_MOUNT),
    },
)
"""What a task asks of its container."""

CONTAINER_CONFIGURATION = record(
    {"type": choice("dockerCompatible", "criCompatible")},
    {"containerImageNames": listing(filled), "containerRegistries": listing(_REGISTRY)},
)
"""What a pool's nodes have, to run containers."""
