"""The api-versions that are answered, and what differs between them on the wire.

The emulator speaks the newest version; this module says what an older one has that the newest
hasn't, and the other way round.

Source: the models of Microsoft's own Python clients, azure-batch 6.0 to 15.1, one for each version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from batchff.emulator.batch.protocol.errors import BatchError

V2018_12 = "2018-12-01.8.0"
V2019_06 = "2019-06-01.9.0"
V2019_08 = "2019-08-01.10.0"
V2020_03 = "2020-03-01.11.0"
V2020_09 = "2020-09-01.12.0"
V2021_06 = "2021-06-01.14.0"
V2022_01 = "2022-01-01.15.0"
V2022_10 = "2022-10-01.16.0"
V2023_05 = "2023-05-01.17.0"
V2023_11 = "2023-11-01.18.0"
V2024_02 = "2024-02-01.19.0"
V2024_07 = "2024-07-01.20.0"
V2025_06 = "2025-06-01"

API_VERSIONS = (
    V2018_12,
    V2019_06,
    V2019_08,
    V2020_03,
    V2020_09,
    V2021_06,
    V2022_01,
    V2022_10,
    V2023_05,
    V2023_11,
    V2024_02,
    V2024_07,
    V2025_06,
)
"""Oldest first; as strings they sort in the same order."""


@dataclass(frozen=True, slots=True)
class Span:
    """The versions that have something: from the one to the other, both included."""

    since: str = V2018_12
    until: str = V2025_06

    def __contains__(self, version: str) -> bool:
        return self.since <= version <= self.until


ALL = Span()

_NESTED = (dict, list)

_FIELDS: Mapping[str, Span] = {
    "allowTaskPreemption": Span(since=V2022_01),
    "applicationLicenses": Span(until=V2024_02),
    "authenticationTokenSettings": Span(until=V2024_07),
    "certificateReferences": Span(until=V2024_07),
    "cloudServiceConfiguration": Span(until=V2024_02),
    "communityGalleryImageId": Span(since=V2024_07),
    "containerHostBatchBindMounts": Span(since=V2024_07),
    "diskEncryptionConfiguration": Span(since=V2020_03),
    "enableAcceleratedNetworking": Span(since=V2023_05),
    "extensions": Span(since=V2021_06),
    "identityReference": Span(since=V2021_06),
    "jobDefaultOrder": Span(since=V2025_06),
    "maxParallelTasks": Span(since=V2021_06),
    "maxTasksPerNode": Span(until=V2020_03),
    "mountConfiguration": Span(since=V2019_08),
    "nodePlacementConfiguration": Span(since=V2021_06),
    "osDisk": Span(since=V2021_06),
    "publicIPAddressConfiguration": Span(since=V2020_03),
    "publicIPs": Span(V2019_08, V2019_08),
    "requiredSlots": Span(since=V2020_09),
    "resourceTags": Span(V2023_11, V2024_07),
    "securityProfile": Span(since=V2023_11),
    "serviceArtifactReference": Span(since=V2023_11),
    "sharedGalleryImageId": Span(since=V2024_07),
    "targetNodeCommunicationMode": Span(V2022_10, V2024_07),
    "taskSlotsPerNode": Span(since=V2020_09),
    "upgradePolicy": Span(since=V2024_02),
    "uploadHeaders": Span(since=V2022_01),
}
"""Fields that not every version has, wherever they are in a request's body."""

_LATER = Span(since=V2024_07)

_ANSWERED: Mapping[str, Span] = {
    "currentNodeCommunicationMode": Span(V2022_10, V2024_07),
    "deallocated": Span(since=V2024_07),
    "deallocating": Span(since=V2024_07),
    "ipv6Address": Span(since=V2024_07),
    "runningTaskSlotsCount": Span(since=V2020_09),
    "upgradingOS": Span(since=V2024_02),
}
"""Fields of answers alone that not every version has."""

_THEIR_OWN = frozenset({"environmentSettings", "metadata", "resourceTags", "settings"})
"""Fields whose content is the client's, whatever names it has."""

_FIELDS_OF: Mapping[str, Mapping[str, Span]] = {
    "ReplaceJob": {
        "allowTaskPreemption": Span(since=V2022_01),
        "maxParallelTasks": Span(since=V2022_01),
    },
    "UpdateJob": {"networkConfiguration": _LATER},
    "UpdatePool": {
        "displayName": _LATER,
        "enableInterNodeCommunication": _LATER,
        "mountConfiguration": _LATER,
        "networkConfiguration": _LATER,
        "resourceTags": Span(V2024_07, V2024_07),
        "taskSchedulingPolicy": _LATER,
        "taskSlotsPerNode": _LATER,
        "upgradePolicy": _LATER,
        "userAccounts": _LATER,
        "virtualMachineConfiguration": _LATER,
        "vmSize": _LATER,
    },
}
"""Fields that one operation took later than others: those of its body's first level."""


def check_version(version: str | None) -> None:
    """Refuse a request that names no api-version, or one that isn't answered."""
    if version is None:
        raise BatchError("MissingRequiredQueryParameter", {"QueryParameterName": "api-version"})
    if version not in API_VERSIONS:
        raise BatchError(
            "UnsupportedRequestVersion",
            {
                "QueryParameterName": "api-version",
                "QueryParameterValue": version[:64],
                "SupportedVersions": ", ".join(API_VERSIONS),
            },
        )


def read_body(body: dict[str, Any], operation: str, version: str) -> None:
    """Put a request's body into the newest version's words.

    Raises InvalidRequestBody for a field that the version hasn't.
    """
    for name, span in _FIELDS_OF.get(operation, {}).items():
        if name in body and version not in span:
            raise _no_such_property(name, version)
    _check_fields(body, version)
    for pool in _pools_in(body):
        if "maxTasksPerNode" in pool:
            pool["taskSlotsPerNode"] = pool.pop("maxTasksPerNode")
        if version < V2025_06:
            _read_disks(pool.get("virtualMachineConfiguration"))


def _pools_in(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what may describe a pool: the body itself, and the pool that jobs want made."""
    yield body
    inner: Any = body.get("jobSpecification", body)
    if not isinstance(inner, dict):
        return
    for name in ("poolInfo", "autoPoolSpecification", "pool"):
        inner = inner.get(name)
        if not isinstance(inner, dict):
            return
    yield inner


def _read_disks(machine: object) -> None:
    disks = machine.get("dataDisks") if isinstance(machine, dict) else None
    for disk in disks if isinstance(disks, list) else ():
        if isinstance(disk, dict) and "storageAccountType" in disk:
            disk["managedDisk"] = {"storageAccountType": disk.pop("storageAccountType")}


def _check_fields(value: object, version: str) -> None:
    """Walk by hand: a body may be nested deep. The names of tags are the client's own."""
    missing = _missing_fields(version)
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            for name, content in value.items():
                if name in missing:
                    raise _no_such_property(name, version)
                if isinstance(content, _NESTED) and name not in _THEIR_OWN:
                    waiting.append(content)


@lru_cache
def _missing_fields(version: str) -> frozenset[str]:
    return frozenset(name for name, span in _FIELDS.items() if version not in span)


def _no_such_property(name: str, version: str) -> BatchError:
    reason = f"The property '{name}' does not exist in api-version {version}"
    return BatchError("InvalidRequestBody", {"PropertyName": name, "Reason": reason})


def hidden_fields(version: str) -> frozenset[str]:
    """Give the fields of answers that a version hasn't."""
    return _hidden_fields(version)


def write(document: dict[str, Any], version: str) -> dict[str, Any]:
    """Put an answer's document into a version's words."""
    written: dict[str, Any] = _write(document, _hidden_fields(version), version)
    return written


@lru_cache
def _hidden_fields(version: str) -> frozenset[str]:
    missing = {name for name, span in _ANSWERED.items() if version not in span}
    return _missing_fields(version) | missing


def _write(value: Any, hidden: frozenset[str], version: str) -> Any:
    if isinstance(value, list):
        return [_write(item, hidden, version) for item in value]
    if not isinstance(value, dict):
        return value
    written = {}
    for name, content in value.items():
        if name == "taskSlotsPerNode" and version < V2020_09:
            written["maxTasksPerNode"] = content
        elif name == "dataDisks" and version < V2025_06:
            written[name] = [_older_disk(disk) for disk in content]
        elif name not in hidden:
            own = name in _THEIR_OWN or not isinstance(content, _NESTED)
            written[name] = content if own else _write(content, hidden, version)
    return written


def _older_disk(disk: dict[str, Any]) -> dict[str, Any]:
    document = {name: value for name, value in disk.items() if name != "managedDisk"}
    return {**document, "storageAccountType": disk["managedDisk"]["storageAccountType"]}


def write_task_counts(
    tasks: Mapping[str, int], slots: Mapping[str, int], version: str
) -> dict[str, Any]:
    """Give the counts of a job's tasks; slots are counted since there are slots."""
    if version < V2020_09:
        return dict(tasks)
    return {"taskCounts": dict(tasks), "taskSlotCounts": dict(slots)}
