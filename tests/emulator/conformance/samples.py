"""Values for the fields of requests: good ones, made from the description, and wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.emulator.conformance.description import Description, Type
from tests.emulator.conformance.everything import Everything
from tests.emulator.examples import pool_document

_URL = "http://127.0.0.1:1/account/container"
_MACHINE = pool_document("")["virtualMachineConfiguration"]
_FILE = {"httpUrl": _URL, "filePath": "x"}

# Where any string wouldn't do, or a field can't stand beside another.
_FIELDS: dict[str, Any] = {
    "fileMode": "0755",
    "applicationLicenses": "maya",
    "targets": "temporarydisk",
    "sourcePortRanges": "22",
    "resourceId": Everything.identity,
    "nodeAgentSKUId": _MACHINE["nodeAgentSKUId"],
    "vmSize": "standard_d2s_v5",
    **_MACHINE["imageReference"],
}
_NUMBERS = {
    "priority": 200,
    "frontendPortRangeEnd": 99,
    **dict.fromkeys(("maxBatchInstancePercent", "maxUnhealthyInstancePercent"), 50),
}
_MODELS: dict[str, dict[str, Any]] = {
    "BatchPoolInfo": {"poolId": Everything.empty_pool},
    "PoolInformation": {"poolId": Everything.empty_pool},
    "BatchVmImageReference": _MACHINE["imageReference"],
    "ImageReference": _MACHINE["imageReference"],
    "ResourceFile": _FILE,
    "BatchNodeIdentityReference": {"resourceId": Everything.identity},
    "ComputeNodeIdentityReference": {"resourceId": Everything.identity},
    "MountConfiguration": {"nfsMountConfiguration": {"source": "x", "relativeMountPath": "x"}},
    "AzureBlobFileSystemConfiguration": {
        "accountName": "x",
        "containerName": "x",
        "relativeMountPath": "x",
        "accountKey": "x",
    },
    "CloudServiceConfiguration": {"osFamily": "5"},
    "OutputFileDestination": {"container": {"containerUrl": _URL}},
}
_POOL = {name: value for name, value in pool_document("").items() if name != "id"}
_AUTO_POOL = {"poolLifetimeOption": "job", "pool": _POOL}
_MODELS |= {
    "BatchPoolSpecification": _POOL,
    "PoolSpecification": _POOL,
    "BatchAutoPoolSpecification": _AUTO_POOL,
    "AutoPoolSpecification": _AUTO_POOL,
}
_SCALING = pool_document(
    "{fresh}", enableAutoScale=True, autoScaleFormula="$TargetDedicatedNodes = 0"
)
_SCALING_AUTO_POOL = {name: value for name, value in _SCALING.items() if name != "id"}
_PREPARED_JOBS = {
    "poolInfo": {"poolId": Everything.empty_pool},
    "jobPreparationTask": {"commandLine": "true"},
}
_OBJECTS: dict[tuple[str, str], dict[str, Any]] = {
    **{
        (model, field): _SCALING_AUTO_POOL
        for model in ("BatchPoolSpecification", "PoolSpecification")
        for field in ("enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval")
    },
    **{
        ("MountConfiguration", kind): {}
        for kind in (
            *("azureBlobFileSystemConfiguration", "nfsMountConfiguration"),
            *("cifsMountConfiguration", "azureFileShareConfiguration"),
        )
    },
    **{
        ("AzureBlobFileSystemConfiguration", key): {
            "accountName": "x",
            "containerName": "x",
            "relativeMountPath": "x",
        }
        for key in ("accountKey", "sasKey", "identityReference")
    },
    **{
        (model, "provision"): {"ipAddressIds": ["x"]}
        for model in ("PublicIPAddressConfiguration", "BatchPublicIpAddressConfiguration")
    },
    ("LinuxUserConfiguration", "uid"): {"gid": 1},
    ("LinuxUserConfiguration", "gid"): {"uid": 1},
    ("SecurityProfile", "uefiSettings"): {"securityType": "trustedLaunch"},
    ("DiskEncryptionConfiguration", "customerManagedKey"): {"targets": ["osdisk"]},
    ("VirtualMachineConfiguration", "windowsConfiguration"): {
        "imageReference": {
            "publisher": "microsoftwindowsserver",
            "offer": "windowsserver",
            "sku": "2022-datacenter",
        },
        "nodeAgentSKUId": "batch.node.windows amd64",
    },
    ("UserIdentity", "username"): {},
    ("UserIdentity", "autoUser"): {},
    ("BatchPoolInfo", "autoPoolSpecification"): {},
    ("PoolInformation", "autoPoolSpecification"): {},
    **{
        (model, field): _SCALING
        for model in ("BatchPoolCreateOptions", "PoolAddParameter")
        for field in ("enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval")
    },
    **{
        (model, "jobReleaseTask"): {"id": "{fresh}", **_PREPARED_JOBS}
        for model in ("BatchJobCreateOptions", "JobAddParameter")
    },
    **{
        (model, "jobReleaseTask"): _PREPARED_JOBS
        for model in ("BatchJobSpecification", "JobSpecification")
    },
    ("ResourceFile", "autoStorageContainerName"): {"autoStorageContainerName": "x"},
    ("ResourceFile", "storageContainerUrl"): {"storageContainerUrl": _URL},
    ("ResourceFile", "blobPrefix"): {"storageContainerUrl": _URL, "blobPrefix": "x"},
}

for _model in ("PoolAddParameter", "PoolSpecification"):
    _OBJECTS[_model, "cloudServiceConfiguration"] = {"vmSize": "small"} | (
        {"id": "{fresh}"} if _model == "PoolAddParameter" else {}
    )

WRONG: dict[str, Any] = {
    "string": 7,
    "integer": "seven",
    "number": "seven",
    "boolean": "perhaps",
    "time": "soon",
    "duration": "soon",
    "enum": "nothing of it",
    "list": "no list",
    "map": "no object",
    "model": "no object",
}
"""For each kind of type, what it can't be."""


def good_values(description: Description, field: str, wanted: Type) -> Iterator[Any]:
    """Give what a field can be: one value, and of an enum all."""
    if wanted.kind == "enum":
        yield from wanted.choices
    else:
        yield _good(description, field, wanted)


def with_field(
    description: Description, model: str, given: dict[str, Any], field: str, value: Any
) -> dict[str, Any]:
    """Set a field of an object; those that it can't stand beside go."""
    return {**_OBJECTS.get((model, field), given), field: value}


def _good(description: Description, field: str, wanted: Type) -> Any:
    if wanted.kind == "list" and wanted.items is not None:
        return [_good(description, field, wanted.items)]
    if wanted.kind == "model":
        return _MODELS.get(wanted.name) or {
            name: _good(description, name, inner.type)
            for name, inner in description.writable(wanted.name).items()
            if inner.required
        }
    if wanted.kind == "enum":
        return _FIELDS.get(field) or wanted.choices[0]
    plain: dict[str, Any] = {
        "string": _FIELDS.get(field) or (_URL if field.lower().endswith("url") else "x"),
        "integer": _NUMBERS.get(field, 1),
        "number": 1.5,
        "boolean": True,
        "time": "2030-01-01T00:00:00Z",
        "duration": "PT15M",
        "map": {"a": "b"},
    }
    return plain[wanted.kind]
