from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.batch.checks.images import check_image
from batchff.emulator.batch.operations.pools.images import IMAGES
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.versions import V2018_12, V2023_11, V2024_02, V2025_06

_COMPUTE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"


def _machine(image: str, agent: str) -> dict[str, Any]:
    publisher, offer, sku = image.split(":")
    reference = {"publisher": publisher, "offer": offer, "sku": sku}
    return {"imageReference": reference, "nodeAgentSKUId": agent}


def _refusal(machine: dict[str, Any], version: str = V2025_06) -> BatchError:
    with pytest.raises(BatchError) as caught:
        check_image(machine, version)
    assert caught.value.code == "InvalidPropertyValue"
    return caught.value


@pytest.mark.parametrize(
    ("image", "agent"),
    [
        ("Canonical:ubuntu-24_04-lts:server", "batch.node.ubuntu 24.04"),
        ("canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2", "batch.node.ubuntu 22.04"),
        ("microsoft-dsvm:ubuntu-hpc:2404", "batch.node.ubuntu 24.04"),
        ("almalinux:almalinux:8-gen2", "batch.node.el 8"),
        (
            "MicrosoftWindowsServer:WindowsServer:2016-Datacenter-smalldisk",
            "batch.node.windows amd64",
        ),
        ("microsoftwindowsserver:windowsserver:2022-datacenter-g2", "batch.node.windows amd64"),
    ],
)
def test_images_have_many_skus_of_one_agent(image: str, agent: str) -> None:
    check_image(_machine(image, agent), V2025_06)
    wrong = _refusal(_machine(image, "batch.node.debian 9"))
    assert agent in wrong.values["Reason"]


def test_every_image_that_is_listed_can_be_taken() -> None:
    for image in IMAGES:
        name = f"{image.publisher}:{image.offer}:{image.sku}"
        check_image(_machine(name, image.node_agent), V2025_06)


@pytest.mark.parametrize("sku", ["16.04.0-LTS", "18.04-LTS", "16_04-lts-gen2"])
def test_an_image_of_its_day_is_taken_from_the_clients_of_its_day(sku: str) -> None:
    machine = _machine(f"Canonical:UbuntuServer:{sku}", f"batch.node.ubuntu {sku[:2]}.04")

    check_image(machine, V2018_12)
    _refusal(machine, V2025_06)


def test_an_image_that_nobody_has_is_named() -> None:
    refusal = _refusal(_machine("a:b:c", "batch.node.windows amd64"))

    assert refusal.values == {
        "PropertyName": "imageReference",
        "Reason": "The specified imageReference with publisher a offer b sku c is not supported.",
    }


@pytest.mark.parametrize(
    ("resource_id", "version", "said"),
    [
        (f"{_COMPUTE}/images/own", V2023_11, "does not exist"),
        (f"{_COMPUTE}/images/own", V2024_02, "must be of the format"),
        (f"{_COMPUTE}/galleries/g/images/i/versions/1.0.0", V2025_06, "does not exist"),
        (f"{_COMPUTE}/gallery/g/images/i/versions/v", V2025_06, "must be of the format"),
    ],
)
def test_there_are_no_images_of_ones_own(resource_id: str, version: str, said: str) -> None:
    machine = {
        "imageReference": {"virtualMachineImageId": resource_id},
        "nodeAgentSKUId": "batch.node.ubuntu 22.04",
    }

    refusal = _refusal(machine, version)

    assert refusal.values["PropertyName"] == "virtualMachineImageId"
    assert refusal.values["PropertyValue"] == resource_id
    assert said in refusal.values["Reason"]
