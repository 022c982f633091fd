"""What pools and jobs say of their networks."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import (
    boolean,
    choice,
    filled,
    integer,
    listing,
    record,
    text,
)

_PORT = integer(1, 65_535)

_RULE = record(
    {
        "priority": integer(150, 4096),
        "access": choice("allow", "deny"),
        "sourceAddressPrefix": filled,
    },
    {"sourcePortRanges": listing(filled)},
)

_NAT_POOL = record(
    {
        "name": filled,
        "protocol": choice("tcp", "udp"),
        "backendPort": _PORT,
        "frontendPortRangeStart": _PORT,
        "frontendPortRangeEnd": _PORT,
    },
    {"networkSecurityGroupRules": listing(_RULE, most=25)},
)


def _nat_pool(value: Any, name: str) -> None:
    """A range of ports that doesn't end before it begins."""
    _NAT_POOL(value, name)
    if value["frontendPortRangeStart"] > value["frontendPortRangeEnd"]:
        end = value["frontendPortRangeEnd"]
        raise bad_property(f"{name}.frontendPortRangeEnd", end, "It must not be before the start")


_PUBLIC_ADDRESSES = record(
    {},
    {
        "provision": choice("batchmanaged", "usermanaged", "nopublicipaddresses"),
        "ipFamilies": listing(choice("IPv4", "IPv6")),
        "ipAddressIds": listing(filled),
        "ipTags": listing(record({}, {"ipTagType": text, "tag": text})),
    },
)

NETWORK = record(
    {},
    {
        "subnetId": filled,
        "dynamicVNetAssignmentScope": choice("none", "job"),
        "endpointConfiguration": record({"inboundNATPools": listing(_nat_pool, most=5)}, {}),
        "publicIPAddressConfiguration": _PUBLIC_ADDRESSES,
        "publicIPs": listing(filled),
        "enableAcceleratedNetworking": boolean,
    },
)

JOB_NETWORK = record({"subnetId": filled}, {"skipWithdrawFromVNet": boolean})
