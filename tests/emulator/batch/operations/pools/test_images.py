from __future__ import annotations

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError

from tests.emulator.examples import machine, pool_document, values_of
from tests.emulator.running import Connection


def test_the_images_name_their_agent_and_their_end(client: BatchClient) -> None:
    images = {image.image_reference.sku: image for image in client.list_supported_images()}

    newest = images["server"]
    assert newest.image_reference.publisher == "canonical"
    assert newest.image_reference.offer == "ubuntu-24_04-lts"
    assert newest.node_agent_sku_id == "batch.node.ubuntu 24.04"
    assert newest.verification_type == models.ImageVerificationType.VERIFIED
    assert newest.os_type == models.OSType.LINUX
    ends = images["22_04-lts"].batch_support_end_of_life
    assert ends is not None and ends.year == 2027
    assert "DockerCompatible" in (images["2204"].capabilities or [])


def test_they_are_of_all_kinds(client: BatchClient) -> None:
    images = list(client.list_supported_images())

    assert {image.os_type for image in images} == {"linux", "windows"}
    assert {image.verification_type for image in images} == {"verified", "unverified"}
    publishers = {image.image_reference.publisher for image in images}
    assert publishers >= {"canonical", "debian", "almalinux", "microsoft-dsvm"}
    newest = [image for image in images if image.node_agent_sku_id == "batch.node.ubuntu 24.04"]
    assert any("DockerCompatible" in (image.capabilities or []) for image in newest)


def test_they_can_be_filtered(client: BatchClient) -> None:
    verified = list(client.list_supported_images(filter="verificationType eq 'verified'"))

    assert 0 < len(verified) < len(list(client.list_supported_images()))


@pytest.mark.parametrize(
    "configuration",
    [
        machine("batch.node.ubuntu 22.04"),
        models.VirtualMachineConfiguration(
            image_reference=models.BatchVmImageReference(
                publisher="canonical", offer="ubuntuserver", sku="18.04-lts"
            ),
            node_agent_sku_id="batch.node.ubuntu 18.04",
        ),
    ],
)
def test_a_pool_of_an_image_that_is_not_taken_is_refused(
    client: BatchClient, name: str, configuration: models.VirtualMachineConfiguration
) -> None:
    pool = models.BatchPoolCreateOptions(
        id=name, vm_size="Standard_D2s_v5", virtual_machine_configuration=configuration
    )

    with pytest.raises(HttpResponseError) as error:
        client.create_pool(pool)
    assert error.value.status_code == 400


def test_an_image_that_the_emulator_does_not_know_is_a_lack_and_no_mistake(
    service: Connection, name: str
) -> None:
    body = pool_document(name)
    body["virtualMachineConfiguration"]["imageReference"]["sku"] = "server-arm64"

    answer = service.send("POST", "/pools", body)

    assert answer.status == 501
    assert values_of(answer)["PropertyName"] == "virtualMachineConfiguration.imageReference"


def test_a_pool_of_windows_is_refused_by_name(service: Connection, name: str) -> None:
    body = pool_document(name)
    body["virtualMachineConfiguration"] = {
        "imageReference": {
            "publisher": "MicrosoftWindowsServer",
            "offer": "WindowsServer",
            "sku": "2022-datacenter",
        },
        "nodeAgentSKUId": "batch.node.windows amd64",
    }

    answer = service.send("POST", "/pools", body)

    assert answer.status == 501
    assert "windowsserver" in values_of(answer)["PropertyValue"]
