"""Nodes: list and get."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch.operations.pools.pools import find_pool
from batchff.emulator.batch.protocol.call import Call, resource
from batchff.emulator.batch.protocol.entities import NODE
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.lists import answer_rows, selection
from batchff.emulator.batch.protocol.versions import write
from batchff.emulator.batch.rendering.resources import render_node
from batchff.emulator.batch.rendering.tasks import render_recent_task
from batchff.emulator.state.model import Document, Node, Pool
from batchff.emulator.state.states import TaskState
from batchff.emulator.state.store.database import Where

_RECENT = 10


def find_node(call: Call) -> tuple[Pool, Node]:
    """Give the node that the path names, and its pool. Raises PoolNotFound, NodeNotFound."""
    pool = find_pool(call)
    node = call.store.nodes.find(pool, call.parameters["nodeId"])
    if node is None:
        raise BatchError("NodeNotFound")
    return pool, node


def get_node(call: Call) -> Response:
    """Answer with a node."""
    pool, node = find_node(call)
    whole = write(render_one(call, pool, node), call.request.version)
    document = selection(call, NODE.properties)(whole)
    # The service has it in whatever is selected.
    if "virtualMachineInfo" in whole:
        document["virtualMachineInfo"] = whole["virtualMachineInfo"]
    return resource(call, document, None, "nodes")


def node_number(call: Call, pool: Pool, node: Node) -> int:
    """Tell how many older nodes a pool has."""
    return sum(each.seq < node.seq for each in call.store.nodes.of_pool(pool))


def render_one(call: Call, pool: Pool, node: Node) -> Document:
    """Write a node, in the newest version's words."""
    return _render(call, pool, node, node_number(call, pool, node))


def list_nodes(call: Call) -> Response:
    """List the nodes of a pool."""
    pool = find_pool(call)
    numbers = {node.seq: number for number, node in enumerate(call.store.nodes.of_pool(pool))}
    return answer_rows(
        call,
        call.store.nodes,
        Where("pool = ?", (pool.seq,)),
        NODE,
        lambda node: _render(call, pool, node, numbers[node.seq]),
    )


def _render(call: Call, pool: Pool, node: Node, number: int) -> Document:
    tasks = call.store.tasks.of_node(node.id, limit=pool.slots_per_node + _RECENT)
    running = [task for task in tasks if task.state is TaskState.RUNNING]
    recent = []
    for task in tasks[:_RECENT]:
        job = call.store.jobs.get(task.job)
        if job is not None:
            recent.append(render_recent_task(task, job, call.endpoint))
    return render_node(node, pool, number, recent, running, call.endpoint)
