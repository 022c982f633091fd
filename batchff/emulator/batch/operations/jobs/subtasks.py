"""Subtasks: there are none, as multi-instance tasks are refused.

"If the Task is not a multi-instance Task then this returns an empty collection" (ListSubtasks).
"""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.operations.jobs.tasks import find_task
from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.lists import answer_items, selection

_PROPERTIES = frozenset(
    {
        *("id", "nodeInfo", "startTime", "endTime", "exitCode", "containerInfo", "failureInfo"),
        *("state", "stateTransitionTime", "previousState", "previousStateTransitionTime"),
        "result",
    }
)


def list_subtasks(call: Call) -> Response:
    """Answer with an empty list: only multi-instance tasks have subtasks."""
    find_task(call)
    selection(call, _PROPERTIES)
    return answer_items(call, [], {}, "subtasks")
