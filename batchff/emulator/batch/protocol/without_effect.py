"""What requests may ask for and nothing here heeds: told by name, and kept without its secrets.

The service would act on it; the emulator checks it, keeps it and gives it back. With `--strict`
it's refused with 501 instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_LOG = logging.getLogger(__name__)

FIELDS = frozenset(
    {
        *("affinityInfo", "allowTaskPreemption", "applicationLicenses"),
        *("applicationPackageReferences", "authenticationTokenSettings"),
        *("cloudServiceConfiguration", "containerConfiguration", "containerSettings"),
        *("dataDisks", "diskEncryptionConfiguration", "enableInterNodeCommunication"),
        *("extensions", "licenseType", "mountConfiguration", "multiInstanceSettings"),
        *("networkConfiguration", "nodePlacementConfiguration", "osDisk", "securityProfile"),
        *("serviceArtifactReference", "upgradePolicy", "userAccounts", "username"),
        *("windowsConfiguration",),
    }
)
"""The fields, wherever a body may have them; one that asks for nothing doesn't count."""

_PLACES = frozenset(
    {
        *("autoPoolSpecification", "jobManagerTask", "jobPreparationTask", "jobReleaseTask"),
        *("jobSpecification", "pool", "poolInfo", "startTask", "userIdentity"),
        *("virtualMachineConfiguration",),
    }
)
"""The objects in which they may be."""

_SECRETS = frozenset({"accountKey", "password", "protectedSettings", "sasKey", "sshPrivateKey"})
_WINDOWS = "microsoftwindowsserver"


@dataclass(frozen=True, slots=True)
class Found:
    """A field without effect: its place in the body, and its value."""

    name: str
    value: Any


def find_fields(document: dict[str, Any], place: str = "") -> Iterator[Found]:
    """Give the fields of a checked body that have no effect."""
    for name, value in document.items():
        if name in FIELDS:
            if value:
                yield Found(place + name, value)
        elif name in _PLACES:
            yield from find_fields(value, f"{place}{name}.")
        elif name == "imageReference" and _is_windows(value):
            yield Found(place + name, None)


def drop_secrets(value: Any) -> None:
    """Take passwords and keys out of a field's value, at whatever depth."""
    if isinstance(value, list):
        for item in value:
            drop_secrets(item)
    elif isinstance(value, dict):
        for name in _SECRETS & value.keys():
            del value[name]
        for item in value.values():
            drop_secrets(item)


def _is_windows(image: dict[str, str]) -> bool:
    return image.get("publisher", "").lower() == _WINDOWS


class Notices:
    """Tells what was accepted without effect: in the log, and to `on_new`, each field once."""

    def __init__(self, on_new: Callable[[list[str]], None] = lambda names: None) -> None:
        self._on_new = on_new
        self._names: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The fields so far, each with the operation it came by."""
        return sorted(self._names)

    def note(self, operation: str, name: str) -> None:
        """A request of an operation had a field without effect."""
        told = f"{operation}: {name}"
        if told in self._names:
            return
        self._names.add(told)
        _LOG.info("accepted without effect: %s", told)
        self._on_new(self.names)
