"""What pools and jobs say of their networks."""

from __future__ import annotations

import re
from typing import Any

from batchff.emulator.batch.bodies.ports import overlap, source_address, source_ports
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import (
    boolean,
    choice,
    filled,
    integer,
    listing,
    record,
    refuse_repeated,
    text,
)

_BACKEND_PORT = integer(1, 65_535)
_FRONTEND_PORT = integer(1, 65_534)
_RESERVED = range(50_000, 55_001)
"""Ports in front that the service keeps for itself."""
_OWN_PORTS = (29_876, 29_877)
_LEAST_PORTS = 40
_MOST_RULES = 25
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,75}\w)?", re.ASCII)


def _pool_name(value: Any, name: str) -> None:
    """What a pool of ports can be called."""
    text(value, name)
    if not _NAME.fullmatch(value):
        reason = (
            "It has at most 77 letters, digits, '_', '.' and '-', begins with a letter or digit"
            " and ends with one or '_'"
        )
        raise bad_property(name, value, reason)


_RULE = record(
    {
        "priority": integer(150, 4096),
        "access": choice("allow", "deny"),
        "sourceAddressPrefix": source_address,
    },
    {"sourcePortRanges": source_ports},
)

_NAT_POOL = record(
    {
        "name": _pool_name,
        "protocol": choice("tcp", "udp"),
        "backendPort": _BACKEND_PORT,
        "frontendPortRangeStart": _FRONTEND_PORT,
        "frontendPortRangeEnd": _FRONTEND_PORT,
    },
    {"networkSecurityGroupRules": listing(_RULE)},
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

_ENDPOINTS = record({"inboundNATPools": listing(_nat_pool, most=5)}, {})


def _endpoints(value: Any, name: str) -> None:
    """Pools of ports that don't get into each other's way."""
    _ENDPOINTS(value, name)
    pools, place = value["inboundNATPools"], f"{name}.inboundNATPools"
    refuse_repeated([each["name"].lower() for each in pools], place, "name")
    refuse_repeated([each["backendPort"] for each in pools], place, "backendPort")
    ranges = [(each["frontendPortRangeStart"], each["frontendPortRangeEnd"]) for each in pools]
    if (first := overlap(ranges)) is not None:
        raise bad_property(f"{place}.frontendPortRangeStart", first, "The ranges overlap")
    rules = [rule for each in pools for rule in each.get("networkSecurityGroupRules", ())]
    rules_place = f"{place}.networkSecurityGroupRules"
    if len(rules) > _MOST_RULES:
        raise bad_property(rules_place, len(rules), f"A pool has at most {_MOST_RULES} rules")
    refuse_repeated([rule["priority"] for rule in rules], rules_place, "priority")


_NETWORK = record(
    {},
    {
        "subnetId": filled,
        "dynamicVNetAssignmentScope": choice("none", "job"),
        "endpointConfiguration": _endpoints,
        "publicIPAddressConfiguration": _PUBLIC_ADDRESSES,
        "publicIPs": listing(filled),
        "enableAcceleratedNetworking": boolean,
    },
)


def network(value: Any, name: str) -> None:
    """A network whose ports and public addresses go together."""
    _NETWORK(value, name)
    addresses = value.get("publicIPAddressConfiguration", {})
    provision = addresses.get("provision", "").lower()
    place = f"{name}.publicIPAddressConfiguration"
    if provision == "usermanaged" and not addresses.get("ipAddressIds"):
        raise bad_property(f"{place}.ipAddressIds", "", "They are required with usermanaged")
    if provision == "nopublicipaddresses" and "endpointConfiguration" in value:
        reason = "It goes without endpointConfiguration"
        raise bad_property(f"{place}.provision", addresses["provision"], reason)


JOB_NETWORK = record({"subnetId": filled}, {"skipWithdrawFromVNet": boolean})
