"""Ranges of ports, and where requests to them may come from."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import filled, listing

_LAST = 65_535
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9.]*", re.ASCII)
_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


def source_address(value: Any, name: str) -> None:
    """An address, a subnet, a tag such as `Internet`, or `*` for all."""
    filled(value, name)
    if value == "*" or _TAG.fullmatch(value):
        return
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        reason = "It must be an IP address, a subnet, a tag or *"
        raise bad_property(name, value, reason) from None


def source_ports(value: Any, name: str) -> None:
    """Ports, ranges of them or `*` for all, none of them twice."""
    _SOURCE_PORTS(value, name)
    if overlap(_read(each) for each in value) is not None:
        raise bad_property(name, value, "They overlap")


def overlap(ranges: Iterable[tuple[int, int]]) -> int | None:
    """Give where a range begins that is partly in another one; None where none is."""
    for (_, last), (first, _) in pairwise(sorted(ranges)):
        if first <= last:
            return first
    return None


def _source_port(value: Any, name: str) -> None:
    filled(value, name)
    if value != "*" and not _RANGE.fullmatch(value):
        raise bad_property(name, value, "It must be a port, a range as 100-200, or *")
    first, last = _read(value)
    if not first <= last <= _LAST:
        raise bad_property(name, value, f"A range goes up, from 0 to {_LAST}")


def _read(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    return (int(match[1]), int(match[2] or match[1])) if match else (0, _LAST)


_SOURCE_PORTS = listing(_source_port)
