"""What the service fills in where a pool leaves it out, and the words it writes in its own way.

Source: recordings of the real service. Some of its enumerations come back in capitals, whatever was
sent: `Spread`, `Regional`, `BatchManaged`.
"""

from __future__ import annotations

from batchff.emulator.state.model import Document

_WORDS = {
    word.lower(): word
    for word in (
        *("Spread", "Pack", "Regional", "Zonal"),
        *("BatchManaged", "UserManaged", "NoPublicIPAddresses"),
        *("TaskSuccess", "TaskFailure", "TaskCompletion"),
    )
}
_DISK = {"caching": "none"}
_DISK_STORAGE = "standard_lrs"
_LISTS_SHOWN_EMPTY = ("certificateReferences",)


def in_capitals(word: str) -> str:
    """Write a word as the service does."""
    return _WORDS.get(word.lower(), word)


def without_empty_lists(document: Document) -> Document:
    """Leave out the lists that hold nothing: the service doesn't show them."""
    return {
        name: value for name, value in document.items() if value != [] or name in _LISTS_SHOWN_EMPTY
    }


def complete_machine(machine: Document) -> Document:
    """Fill in what a virtual machine's configuration leaves out."""
    image = machine["imageReference"]
    if "publisher" in image:
        image = {"version": "latest", **image}
    document = without_empty_lists({**machine, "imageReference": image})
    if "dataDisks" in document:
        document["dataDisks"] = [_disk(disk) for disk in document["dataDisks"]]
    if document.get("nodePlacementConfiguration"):
        policy = document["nodePlacementConfiguration"].get("policy", "regional")
        document["nodePlacementConfiguration"] = {"policy": in_capitals(policy)}
    return document


def complete_cloud_service(service: Document) -> Document:
    """Fill in the version of a cloud service's system."""
    return {"osVersion": "*", **service}


def complete_network(network: Document) -> Document:
    """Fill in what a pool's network leaves out."""
    document = {**network, "dynamicVNetAssignmentScope": "none"}
    if "dynamicVNetAssignmentScope" in network:
        document["dynamicVNetAssignmentScope"] = network["dynamicVNetAssignmentScope"].lower()
    if "endpointConfiguration" in network:
        pools = network["endpointConfiguration"]["inboundNATPools"]
        document["endpointConfiguration"] = {"inboundNATPools": [_nat_pool(each) for each in pools]}
    if "publicIPAddressConfiguration" in network:
        addresses = network["publicIPAddressConfiguration"]
        provision = in_capitals(addresses.get("provision", "batchmanaged"))
        document["publicIPAddressConfiguration"] = {**addresses, "provision": provision}
    return document


def complete_users(users: list[Document], *, windows: bool, cloud_service: bool) -> list[Document]:
    """Fill in what user accounts leave out."""
    completed = []
    for user in users:
        document = {**user, "elevationLevel": user.get("elevationLevel", "nonadmin").lower()}
        if windows:
            mode = "interactive" if cloud_service else "batch"
            given = user.get("windowsUserConfiguration", {}).get("loginMode", mode)
            document["windowsUserConfiguration"] = {"loginMode": given.lower()}
        completed.append(document)
    return completed


def runs_windows(pool: Document) -> bool:
    """Tell whether the nodes of a pool are said to run Windows."""
    machine = pool.get("virtualMachineConfiguration")
    return machine is None or machine["nodeAgentSKUId"].lower().startswith("batch.node.windows")


def _disk(disk: Document) -> Document:
    managed = {"storageAccountType": _DISK_STORAGE, **disk.get("managedDisk", {})}
    return {**_DISK, **disk, "managedDisk": managed}


def _nat_pool(pool: Document) -> Document:
    document = {**pool, "protocol": pool["protocol"].lower()}
    if "networkSecurityGroupRules" in pool:
        document["networkSecurityGroupRules"] = [
            {"sourcePortRanges": ["*"], **rule, "access": rule["access"].lower()}
            for rule in pool["networkSecurityGroupRules"]
        ]
    return without_empty_lists(document)
