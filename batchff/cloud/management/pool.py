"""A pool as the management plane takes it: only there can it have an identity.

Both planes describe a pool with the same parts, under names and in places that differ a little.
Sources: Pool - Create of the Batch management REST API, and Add Pool of the Batch service's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# The same in both; what is in neither table is refused by name, as it would be lost.
_SAME = frozenset(
    {
        "displayName",
        "metadata",
        "mountConfiguration",
        "networkConfiguration",
        "startTask",
        "taskSchedulingPolicy",
        "taskSlotsPerNode",
        "upgradePolicy",
        "userAccounts",
        "vmSize",
    }
)
_ELSEWHERE = frozenset(
    {
        "autoScaleEvaluationInterval",
        "autoScaleFormula",
        "enableAutoScale",
        "id",
        "resizeTimeout",
        "targetDedicatedNodes",
        "targetLowPriorityNodes",
        "virtualMachineConfiguration",
    }
)
_RENAMED = {
    "dynamicVNetAssignmentScope": "dynamicVnetAssignmentScope",
    "nodeAgentSKUId": "nodeAgentSkuId",
    "virtualMachineImageId": "id",
}
# The Batch service's enumerations begin with small letters, the management plane's with capitals.
_ENUMERATIONS = frozenset(
    {"elevationLevel", "nodeFillType", "policy", "provision", "scope", "type", "workingDirectory"}
)
_IRREGULAR = {
    "batchmanaged": "BatchManaged",
    "nonadmin": "NonAdmin",
    "nopublicipaddresses": "NoPublicIPAddresses",
    "usermanaged": "UserManaged",
}


def managed_pool(options: Mapping[str, Any], identities: Iterable[str]) -> dict[str, Any]:
    """Return the body of Pool - Create that asks for what Add Pool's `options` ask for.

    `identities` are resource ids of user-assigned identities, which each node gets. Raises
    ValueError for a property that it doesn't know.
    """
    unknown = options.keys() - _SAME - _ELSEWHERE
    if unknown:
        raise ValueError(f"a pool with an identity can't have: {', '.join(sorted(unknown))}")
    properties = {name: _translated(options[name]) for name in sorted(_SAME & options.keys())}
    properties["deploymentConfiguration"] = {
        "virtualMachineConfiguration": _translated(options["virtualMachineConfiguration"])
    }
    properties["scaleSettings"] = _scale_settings(options)
    return {
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": {identity: {} for identity in identities},
        },
        "properties": properties,
    }


def _scale_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    if options.get("enableAutoScale"):
        settings = {"formula": options["autoScaleFormula"]}
        if "autoScaleEvaluationInterval" in options:
            settings["evaluationInterval"] = options["autoScaleEvaluationInterval"]
        return {"autoScale": settings}
    names = ("resizeTimeout", "targetDedicatedNodes", "targetLowPriorityNodes")
    return {"fixedScale": {name: options[name] for name in names if name in options}}


def _translated(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            _RENAMED.get(name, name): _capitalised(inner)
            if name in _ENUMERATIONS and isinstance(inner, str)
            else _translated(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_translated(inner) for inner in value]
    return value


def _capitalised(value: str) -> str:
    return _IRREGULAR.get(value.lower(), value[:1].upper() + value[1:])
