"""What operators ask of the emulator; none of it is in Azure's API."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.protocol.call import Call, changed
from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.batch.protocol.schema import duration, record
from batchff.emulator.state.model import Document
from batchff.emulator.state.states import NodeState
from batchff.emulator.state.times import DAY, SECOND, parse_duration

_PREEMPT = record({}, {"returnAfter": duration, "unusableFirst": duration})
_RETURN_AFTER = "PT1M"
_LONGEST_AWAY = 365 * DAY
_GONE = (
    NodeState.DEALLOCATING,
    NodeState.DEALLOCATED,
    NodeState.LEAVING_POOL,
)


def preempt_node(call: Call) -> Response:
    """Take a Spot node away, as the cloud does when it needs the capacity."""
    body = call.document(_PREEMPT)
    away = _seconds(body, "returnAfter", _RETURN_AFTER)
    unusable = _seconds(body, "unusableFirst", "PT0S")
    node = call.store.nodes.find_anywhere(call.parameters["nodeId"])
    if node is None:
        raise BatchError("NodeNotFound")
    if node.dedicated:
        raise _invalid("Only Spot nodes are preempted, and this one is dedicated")
    if node.is_taken_away or node.state in _GONE:
        raise _invalid(f"The node is {node.state}")
    call.scheduler.preemption.preempt(node, away, unusable)
    return changed(call, 202)


def _seconds(body: Document, name: str, default: str) -> float:
    given = body.get(name, default)
    ticks = parse_duration(given)
    if ticks > _LONGEST_AWAY:
        raise bad_property(name, given, "It must be at most P365D")
    return ticks / SECOND


def _invalid(reason: str) -> BatchError:
    return BatchError("OperationInvalidForCurrentState", {"Reason": reason})
