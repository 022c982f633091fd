from __future__ import annotations

from azure.batch import BatchClient, models


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
