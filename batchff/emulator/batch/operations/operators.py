"""What operators ask of the emulator; none of it is in Azure's API."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.protocol.call import Call, changed
from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.batch.protocol.schema import duration, record
from batchff.emulator.state.states import NodeState
from batchff.emulator.state.times import DAY, SECOND, parse_duration

_PREEMPT = record({}, {"returnAfter": duration})
_RETURN_AFTER = "PT1M"
_LONGEST_AWAY = 365 * DAY
_GONE = (
    NodeState.PREEMPTED,
    NodeState.DEALLOCATING,
    NodeState.DEALLOCATED,
    NodeState.LEAVING_POOL,
)


def preempt_node(call: Call) -> Response:
    """Take a Spot node away, as the cloud does when it needs the capacity."""
    body = call.document(_PREEMPT)
    given = body.get("returnAfter", _RETURN_AFTER)
    away = parse_duration(given)
    if away > _LONGEST_AWAY:
        raise bad_property("returnAfter", given, "It must be at most P365D")
    node = call.store.nodes.find_anywhere(call.parameters["nodeId"])
    if node is None:
        raise BatchError("NodeNotFound")
    if node.dedicated:
        raise _invalid("Only Spot nodes are preempted, and this one is dedicated")
    if node.state in _GONE:
        raise _invalid(f"The node is {node.state}")
    call.scheduler.preemption.preempt(node, away / SECOND)
    return changed(call, 202)


def _invalid(reason: str) -> BatchError:
    return BatchError("OperationInvalidForCurrentState", {"Reason": reason})
