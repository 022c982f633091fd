"""Extensions of nodes: there are none, as pools with extensions are refused."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.operations.pools.nodes import find_node
from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_items, selection

_PROPERTIES = frozenset({"provisioningState", "vmExtension", "instanceView"})


def list_node_extensions(call: Call) -> Response:
    """Answer with an empty list: nodes have no virtual machine extensions."""
    find_node(call)
    selection(call, _PROPERTIES)
    return answer_items(call, [], {}, "extensions")


def get_node_extension(call: Call) -> Response:
    """Answer 404: nodes have no virtual machine extensions."""
    find_node(call)
    raise BatchError("ResourceNotFound")
