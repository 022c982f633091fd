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
_RESERVED = range(50_000, 55_001)
"""Ports in front that the service keeps for itself."""
_OWN_PORTS = (29_876, 29_877)
_LEAST_PORTS = 40

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
    """A range of enough ports, none of them the service's own."""
    _NAT_POOL(value, name)
    first, last = value["frontendPortRangeStart"], value["frontendPortRangeEnd"]
    if last - first + 1 < _LEAST_PORTS:
        reason = f"A range has at least {_LEAST_PORTS} ports"
        raise bad_property(f"{name}.frontendPortRangeEnd", last, reason)
    if first < _RESERVED.stop and last >= _RESERVED.start:
        reason = f"Ports {_RESERVED.start} to {_RESERVED.stop - 1} are reserved"
        raise bad_property(f"{name}.frontendPortRangeStart", first, reason)
    if value["backendPort"] in _OWN_PORTS:
        raise bad_property(f"{name}.backendPort", value["backendPort"], "It is reserved")


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
