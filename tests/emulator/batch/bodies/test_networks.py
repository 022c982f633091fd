from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.batch.bodies.networks import network
from batchff.emulator.batch.protocol.errors import BatchError


def _ports(start: int = 60_000, **fields: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "protocol": "tcp",
        "backendPort": 80,
        "frontendPortRangeStart": start,
        "frontendPortRangeEnd": start + 39,
        **fields,
    }


def _rule(priority: int = 150) -> dict[str, Any]:
    return {"priority": priority, "access": "allow", "sourceAddressPrefix": "*"}


def _network(*pools: dict[str, Any], **addresses: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"endpointConfiguration": {"inboundNATPools": list(pools)}}
    return document | ({"publicIPAddressConfiguration": addresses} if addresses else {})


_OTHER = _ports(61_000, name="other", backendPort=81)
_WEB = "endpointConfiguration.inboundNATPools[0]"
_SECOND = "endpointConfiguration.inboundNATPools[1]"
_ALL = "endpointConfiguration.inboundNATPools"


@pytest.mark.parametrize(
    "document",
    [
        _network(_ports(), _OTHER),
        _network(_ports(name="1.a-b_"), _ports(60_040, name="b", backendPort=21)),
        _network(_ports(name="x" * 77, frontendPortRangeEnd=65_534)),
        _network(_ports(networkSecurityGroupRules=[_rule(150), _rule(151)])),
        _network(_ports(backendPort=22)),
        _network(_ports(), provision="usermanaged", ipAddressIds=["/subscriptions/s"]),
        {"publicIPAddressConfiguration": {"provision": "NoPublicIPAddresses"}},
        {"publicIPAddressConfiguration": {"ipFamilies": ["IPv4"]}},
    ],
)
def test_what_goes_together_is_taken(document: dict[str, Any]) -> None:
    network(document, "n")


@pytest.mark.parametrize(
    ("document", "place"),
    [
        *((_network(_ports(backendPort=port)), f"{_WEB}.backendPort") for port in (29876, 29877)),
        *(
            (_network(_ports(name=name)), f"{_WEB}.name")
            for name in ("", "-a", "_a", "a-", "a.", "a b", "é", "x" * 78, "a\n")
        ),
        (_network(_ports(frontendPortRangeEnd=65_535)), f"{_WEB}.frontendPortRangeEnd"),
        (_network(_ports(), {**_OTHER, "name": "WEB"}), f"{_SECOND}.name"),
        (_network(_ports(), {**_OTHER, "backendPort": 80}), f"{_SECOND}.backendPort"),
        (
            _network(_ports(), _ports(60_039, name="b", backendPort=81)),
            f"{_ALL}.frontendPortRangeStart",
        ),
        (
            _network(
                _ports(networkSecurityGroupRules=[_rule()]),
                {**_OTHER, "networkSecurityGroupRules": [_rule()]},
            ),
            f"{_ALL}.networkSecurityGroupRules[1].priority",
        ),
        (
            _network(
                _ports(networkSecurityGroupRules=[_rule(200 + n) for n in range(13)]),
                {**_OTHER, "networkSecurityGroupRules": [_rule(300 + n) for n in range(13)]},
            ),
            f"{_ALL}.networkSecurityGroupRules",
        ),
        (
            {"publicIPAddressConfiguration": {"provision": "UserManaged"}},
            "publicIPAddressConfiguration.ipAddressIds",
        ),
        (
            _network(_ports(), provision="nopublicipaddresses"),
            "publicIPAddressConfiguration.provision",
        ),
    ],
)
def test_what_the_description_rules_out_is_refused(document: dict[str, Any], place: str) -> None:
    with pytest.raises(BatchError) as refused:
        network(document, "n")

    assert (refused.value.code, refused.value.status) == ("InvalidPropertyValue", 400)
    assert refused.value.values["PropertyName"] == f"n.{place}"
