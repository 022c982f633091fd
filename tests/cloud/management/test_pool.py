from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from azure.batch import models as batch_models
from azure.mgmt.batch import models as management_models

from batchff.cloud.management.pool import managed_pool
from tests.cloud.management.arm import IDENTITY

OPTIONS: Mapping[str, Any] = {
    "id": "p",
    "vmSize": "Standard_D4s_v5",
    "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04",
        "containerConfiguration": {"type": "dockerCompatible"},
    },
    "enableAutoScale": True,
    "autoScaleFormula": "$TargetDedicatedNodes = 1;",
    "autoScaleEvaluationInterval": "PT5M",
    "taskSlotsPerNode": 2,
    "taskSchedulingPolicy": {"nodeFillType": "spread"},
    "networkConfiguration": {
        "subnetId": "/subscriptions/s/subnet",
        "dynamicVNetAssignmentScope": "none",
        "publicIPAddressConfiguration": {"provision": "nopublicipaddresses"},
    },
    "startTask": {
        "commandLine": "/bin/sh -c 'true'",
        "waitForSuccess": True,
        "userIdentity": {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}},
    },
    "metadata": [{"name": "batchff", "value": "1"}],
}


def test_all_that_a_pool_can_be_asked_is_a_property_of_the_management_planes() -> None:
    body = managed_pool(OPTIONS, [IDENTITY])
    assert unknown_properties(management_models.Pool(body)) == []
    virtual_machine = body["properties"]["deploymentConfiguration"]["virtualMachineConfiguration"]
    assert virtual_machine["nodeAgentSkuId"] == "batch.node.ubuntu 24.04"
    assert virtual_machine["containerConfiguration"] == {"type": "DockerCompatible"}
    assert body["properties"]["taskSchedulingPolicy"] == {"nodeFillType": "Spread"}
    network = body["properties"]["networkConfiguration"]
    assert network["publicIPAddressConfiguration"] == {"provision": "NoPublicIPAddresses"}
    assert network["dynamicVnetAssignmentScope"] == "none"


def unknown_properties(model: Any) -> list[str]:
    """The names in a model and those within it that its class hasn't."""
    known = {field._rest_name: name for name, field in model._attr_to_rest_field.items()}
    unknown = [f"{type(model).__name__}.{name}" for name in model if name not in known]
    for name in model:
        value = getattr(model, known[name]) if name in known else None
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "_attr_to_rest_field"):
                unknown += unknown_properties(inner)
    return unknown


def test_a_fixed_pool_keeps_its_numbers() -> None:
    fixed = {
        "id": "p",
        "vmSize": "s",
        "virtualMachineConfiguration": {},
        "targetDedicatedNodes": 0,
        "targetLowPriorityNodes": 3,
    }
    settings = managed_pool(fixed, [IDENTITY])["properties"]["scaleSettings"]
    assert settings == {"fixedScale": {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 3}}


def test_what_would_be_lost_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="can't have: resourceTags"):
        managed_pool({**OPTIONS, "resourceTags": {}}, [IDENTITY])


def test_the_batch_services_own_models_are_taken_as_they_are() -> None:
    options = batch_models.BatchPoolCreateOptions(
        id="p",
        vm_size="Standard_D4s_v5",
        virtual_machine_configuration=batch_models.VirtualMachineConfiguration(
            image_reference=batch_models.BatchVmImageReference(
                virtual_machine_image_id="/an/image"
            ),
            node_agent_sku_id="batch.node.ubuntu 24.04",
        ),
        enable_auto_scale=True,
        auto_scale_formula="$TargetDedicatedNodes = 1;",
        auto_scale_evaluation_interval=timedelta(minutes=5),
    )
    body = managed_pool(options.as_dict(), [IDENTITY])
    assert unknown_properties(management_models.Pool(body)) == []
    virtual_machine = body["properties"]["deploymentConfiguration"]["virtualMachineConfiguration"]
    assert virtual_machine["imageReference"] == {"id": "/an/image"}
