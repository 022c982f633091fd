from __future__ import annotations

import pytest

from batchff.emulator.batch.bodies.ports import overlap, source_address, source_ports
from batchff.emulator.batch.protocol.errors import BatchError


@pytest.mark.parametrize("address", ["*", "10.10.10.10", "192.168.1.0/24", "Internet", "fd00::/8"])
def test_addresses_subnets_and_tags_are_taken(address: str) -> None:
    source_address(address, "a")


@pytest.mark.parametrize("address", ["", "10.10.10", "192.168.1.0/40", "not a tag", "300.1.1.1"])
def test_other_sources_are_refused(address: str) -> None:
    with pytest.raises(BatchError, match="InvalidPropertyValue"):
        source_address(address, "a")


@pytest.mark.parametrize("ports", [["*"], ["22"], ["0-65535"], ["100-200", "201", "22"], []])
def test_ports_and_ranges_are_taken(ports: list[str]) -> None:
    source_ports(ports, "p")


@pytest.mark.parametrize(
    "ports",
    [["web"], ["65536"], ["200-100"], ["-1"], ["*", "22"], ["100-200", "200-300"], ["22", "22"]],
)
def test_other_ports_are_refused(ports: list[str]) -> None:
    with pytest.raises(BatchError, match="InvalidPropertyValue"):
        source_ports(ports, "p")


def test_an_overlap_is_found_in_any_order() -> None:
    assert overlap([(5, 9), (1, 5)]) == 5
    assert overlap([(5, 9), (1, 4), (10, 12)]) is None
