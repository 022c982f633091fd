"""What pools say of the file systems that are mounted on their nodes."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.parts import IDENTITY
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import Check, filled, listing, record, secret, text

_PLACE = {"relativeMountPath": filled}
_KEYS = ("accountKey", "sasKey", "identityReference")
_BLOBS = record(
    {"accountName": filled, "containerName": filled, **_PLACE},
    {
        "accountKey": secret,
        "sasKey": secret,
        "blobfuseOptions": text,
        "identityReference": IDENTITY,
    },
)


def _blobs(value: Any, name: str) -> None:
    """A container, and the one way to open it."""
    _BLOBS(value, name)
    given = [key for key in _KEYS if key in value]
    if len(given) != 1:
        reason = f"Exactly one of {', '.join(_KEYS)} must be given"
        raise bad_property(name, ", ".join(given), reason)


_KINDS: dict[str, Check] = {
    "azureBlobFileSystemConfiguration": _blobs,
    "nfsMountConfiguration": record({"source": filled, **_PLACE}, {"mountOptions": text}),
    "cifsMountConfiguration": record(
        {"username": filled, "source": filled, "password": secret, **_PLACE},
        {"mountOptions": text},
    ),
    "azureFileShareConfiguration": record(
        {"accountName": filled, "accountKey": secret, "azureFileUrl": filled, **_PLACE},
        {"mountOptions": text},
    ),
}
_MOUNT = record({}, _KINDS)


def _mount(value: Any, name: str) -> None:
    """One file system, of one kind."""
    _MOUNT(value, name)
    if len(value) != 1:
        raise bad_property(name, ", ".join(value), "Exactly one kind of file system must be given")


MOUNTS = listing(_mount, most=10)
