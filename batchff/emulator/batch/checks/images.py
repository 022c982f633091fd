"""Which images pools can be made of: more than are listed, as with the service.

A family has many SKUs (`2019-datacenter-core-g2`, `22_04-lts-gen2`), all of one node agent. The
nodes run on this machine whatever the image is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.batch.protocol.versions import V2024_02, V2025_06
from batchff.emulator.state.model import Document


@dataclass(frozen=True, slots=True)
class _Family:
    """Images that differ by their SKUs; a SKU's version takes the place of `{}` in the agent."""

    publisher: str
    offer: str
    sku: str
    """A regular expression; its group is the version."""
    agent: str
    retired: bool = False
    """Refused by the service by now, but accepted from the clients of their day.

    Tutorials and samples name them, and are to run here unchanged.
    """


_FAMILIES = (
    _Family("canonical", "ubuntu-24_04-lts", r"(server|minimal)\S*", "batch.node.ubuntu 24.04"),
    _Family(
        "canonical", "0001-com-ubuntu-server-jammy", r"22_04-lts\S*", "batch.node.ubuntu 22.04"
    ),
    _Family(
        "canonical",
        "0001-com-ubuntu-server-focal",
        r"20_04-lts\S*",
        "batch.node.ubuntu 20.04",
        retired=True,
    ),
    _Family(
        "canonical", "ubuntuserver", r"(16|18|20)[._]04\S*", "batch.node.ubuntu {}.04", retired=True
    ),
    _Family("microsoft-dsvm", "ubuntu-hpc", r"(2[24])04\S*", "batch.node.ubuntu {}.04"),
    _Family(
        "microsoft-dsvm", "ubuntu-hpc", r"(18|20)04\S*", "batch.node.ubuntu {}.04", retired=True
    ),
    _Family(
        "microsoft-azure-batch",
        "ubuntu-server-container",
        r"(\d\d)-04-lts\S*",
        "batch.node.ubuntu {}.04",
    ),
    _Family("debian", r"debian-(?:10|11)", r"(1[01])\S*", "batch.node.debian {}", retired=True),
    _Family("debian", "debian-12", r"12\S*", "batch.node.debian 12"),
    _Family("almalinux", r"almalinux(?:-x86_64|-hpc)?", r"([89])\S*", "batch.node.el {}"),
    _Family("openlogic", r"centos(?:-hpc)?", r"([78])\S*", "batch.node.centos {}", retired=True),
    _Family(
        "microsoftwindowsserver",
        "windowsserver(?:semiannual)?",
        r"(20\d\d|datacenter)\S*",
        "batch.node.windows amd64",
    ),
    _Family("microsoftwindowsdesktop", r"windows-1[01]", r"\S+", "batch.node.windows amd64"),
)
_CUSTOM = ("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId")
_RESOURCE_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_IMAGE = f"{_RESOURCE_GROUP}/providers/Microsoft.Compute/images/{{imageName}}"
_GALLERY = (
    f"{_RESOURCE_GROUP}/providers/Microsoft.Compute/galleries/{{galleryName}}"
    "/images/{galleryImageName}"
)
_PART = re.compile(r"\{\w+\}")


def check_image(machine: Document, version: str) -> None:
    """Refuse a node agent that isn't the image's, and an image that isn't there."""
    reference = machine["imageReference"]
    for name in _CUSTOM:
        if name in reference:
            raise _no_custom_image(name, reference[name], version)
    for part in ("publisher", "offer", "sku"):
        if part not in reference:
            raise BatchError("MissingRequiredProperty", {"PropertyName": part})
    publisher, offer, sku = (reference[part] for part in ("publisher", "offer", "sku"))
    agent = _agent_of(publisher.lower(), offer.lower(), sku.lower(), version)
    if agent is None:
        reason = (
            f"The specified imageReference with publisher {publisher} offer {offer} sku {sku} is"
            " not supported."
        )
        raise BatchError(
            "InvalidPropertyValue", {"PropertyName": "imageReference", "Reason": reason}
        )
    if machine["nodeAgentSKUId"].lower() != agent:
        raise bad_property(
            "virtualMachineConfiguration.nodeAgentSKUId",
            machine["nodeAgentSKUId"],
            f"The image's node agent is '{agent}'",
        )


def _agent_of(publisher: str, offer: str, sku: str, version: str) -> str | None:
    """Give the node agent of an image; None where there's no such image."""
    for family in _FAMILIES:
        if family.retired and version >= V2025_06:
            continue
        match = re.fullmatch(family.sku, sku, re.ASCII)
        if publisher == family.publisher and match and re.fullmatch(family.offer, offer, re.ASCII):
            return family.agent.format(*match.groups())
    return None


def _no_custom_image(name: str, resource_id: str, version: str) -> BatchError:
    """Make the error for an image of an account's own: the emulator has none."""
    formats = [_IMAGE] if name == "virtualMachineImageId" and version < V2024_02 else []
    formats += [f"{_GALLERY}/versions/{{versionId}}", _GALLERY]
    reason = "The specified image does not exist or can not be accessed."
    if name == "virtualMachineImageId" and not any(_has(resource_id, each) for each in formats):
        either = f"{', '.join(formats[:-1])} or {formats[-1]}"
        reason = f"The specified resource id must be of the format {either}."
    return bad_property(name, resource_id, reason)


def _has(resource_id: str, form: str) -> bool:
    pattern = _PART.sub("[^/]+", form)
    return re.fullmatch(pattern, resource_id, re.IGNORECASE) is not None
