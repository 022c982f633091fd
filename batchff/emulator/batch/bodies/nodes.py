"""The bodies of requests about nodes."""

from __future__ import annotations

from typing import Any

from batchff.emulator.batch.bodies.parts import IDENTITY
from batchff.emulator.batch.bodies.pools import resize_timeout
from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.batch.protocol.schema import Check, choice, filled, listing, moment, record
from batchff.emulator.state.states import Deallocation

_MOST_REMOVED = 100

_OPTION = choice(*Deallocation)


def _some_nodes(of: Check) -> Check:
    some = listing(of, most=_MOST_REMOVED)

    def check(value: Any, name: str) -> None:
        some(value, name)
        if not value:
            raise bad_property(name, value, "It must name a node")

    return check


REMOVE_NODES = record(
    {"nodeList": _some_nodes(filled)},
    {"resizeTimeout": resize_timeout, "nodeDeallocationOption": _OPTION},
)
NODE_REBOOT = record({}, {"nodeRebootOption": _OPTION})
NODE_REIMAGE = record({}, {"nodeReimageOption": _OPTION})
NODE_DEALLOCATE = record({}, {"nodeDeallocateOption": _OPTION})
NODE_UPLOAD_LOGS = record(
    {"containerUrl": filled, "startTime": moment},
    {"endTime": moment, "identityReference": IDENTITY},
)
NODE_DISABLE_SCHEDULING = record(
    {},
    {"nodeDisableSchedulingOption": choice("requeue", "terminate", "taskcompletion")},
)
