"""The images that pools can be made of: `ListSupportedImages`, and `ListNodeAgentSkus` of old.

Real names, so that a program that resolves its image from this list works the same in the cloud.
Whatever a pool asks for, its nodes run on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.lists import answer_items
from batchff.emulator.batch.protocol.odata import Property
from batchff.emulator.state.model import Document


@dataclass(frozen=True, slots=True)
class Image:
    """An image that pools can be made of."""

    publisher: str
    offer: str
    sku: str
    node_agent: str
    verified: bool = True
    capabilities: tuple[str, ...] = ()
    end_of_life: str | None = None
    system: str = "linux"

    def document(self) -> Document:
        """Write it as an item of ListSupportedImages."""
        image: Document = {
            "nodeAgentSKUId": self.node_agent,
            "imageReference": {
                "publisher": self.publisher,
                "offer": self.offer,
                "sku": self.sku,
                "version": "latest",
            },
            "osType": self.system,
            "verificationType": "verified" if self.verified else "unverified",
        }
        if self.capabilities:
            image["capabilities"] = list(self.capabilities)
        if self.end_of_life:
            image["batchSupportEndOfLife"] = self.end_of_life
        return image


_CONTAINERS = ("DockerCompatible",)

IMAGES = (
    Image("canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 24.04"),
    Image(
        "canonical",
        "0001-com-ubuntu-server-jammy",
        "22_04-lts",
        "batch.node.ubuntu 22.04",
        end_of_life="2027-06-30T00:00:00Z",
    ),
    Image(
        "microsoft-dsvm",
        "ubuntu-hpc",
        "2204",
        "batch.node.ubuntu 22.04",
        capabilities=(*_CONTAINERS, "NvidiaTeslaDriverInstalled"),
        end_of_life="2027-06-30T00:00:00Z",
    ),
    Image(
        "microsoft-dsvm",
        "ubuntu-hpc",
        "2404",
        "batch.node.ubuntu 24.04",
        capabilities=(*_CONTAINERS, "NvidiaTeslaDriverInstalled"),
    ),
    Image("debian", "debian-12", "12", "batch.node.debian 12", verified=False),
    Image("almalinux", "almalinux-x86_64", "9-gen2", "batch.node.el 9", verified=False),
    Image(
        "microsoftwindowsserver",
        "windowsserver",
        "2022-datacenter",
        "batch.node.windows amd64",
        system="windows",
    ),
)

_PROPERTIES = {
    "nodeAgentSKUId": Property("nodeAgentSKUId"),
    "osType": Property("osType"),
    "verificationType": Property("verificationType"),
    "imageReference/publisher": Property("publisher"),
    "imageReference/offer": Property("offer"),
    "imageReference/sku": Property("sku"),
}


def list_supported_images(call: Call) -> Response:
    """List the images that pools can be made of, with their node agents."""
    items = []
    for image in IMAGES:
        document = image.document()
        row = {
            name: document[name] for name in ("nodeAgentSKUId", "osType", "verificationType")
        } | {"publisher": image.publisher, "offer": image.offer, "sku": image.sku}
        items.append((row, document))
    return answer_items(call, items, _PROPERTIES, "supportedimages")


def list_node_agents(call: Call) -> Response:
    """Answer with the node agents and their verified images, as `ListNodeAgentSkus` had them."""
    agents: dict[str, list[Document]] = {}
    systems = {image.node_agent: image.system for image in IMAGES}
    for image in IMAGES:
        references = agents.setdefault(image.node_agent, [])
        if image.verified:
            references.append(image.document()["imageReference"])
    items = [
        (
            {"id": agent, "osType": systems[agent]},
            {"id": agent, "verifiedImageReferences": references, "osType": systems[agent]},
        )
        for agent, references in agents.items()
    ]
    properties = {"id": Property("id"), "osType": Property("osType")}
    return answer_items(call, items, properties, "nodeagentskus")
