"""What is done to nodes: restarts, deallocation, scheduling off and on, removal from the pool."""

from __future__ import annotations

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.operations.pools.nodes import find_node
from batchff.emulator.batch.operations.pools.pools import changeable_pool
from batchff.emulator.batch.protocol.call import Call, changed
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.versions import V2024_07
from batchff.emulator.state.defaults import resize_timeout
from batchff.emulator.state.model import Document, Node, Pool
from batchff.emulator.state.states import AllocationState, Deallocation, NodeState, Scheduling
from batchff.emulator.state.transitions import pool_resized

_REFUSED = {
    NodeState.CREATING: "NodeBeingCreated",
    NodeState.STARTING: "NodeBeingStarted",
    NodeState.WAITING_FOR_START_TASK: "NodeBeingStarted",
    NodeState.REBOOTING: "NodeBeingRebooted",
    NodeState.REIMAGING: "NodeBeingReimaged",
    NodeState.UNUSABLE: "NodeStateUnusable",
    NodeState.START_TASK_FAILED: "NodeStateUnusable",
}
_RESTARTED_FROM = (NodeState.IDLE, NodeState.RUNNING)


def reboot_node(call: Call) -> Response:
    """Restart a node; its files stay."""
    how = _option(call.document(bodies.NODE_REBOOT), "nodeRebootOption")
    call.scheduler.nodes.reboot(_restartable_node(call), how)
    return _answer(call, 202)


def reimage_node(call: Call) -> Response:
    """Give a node an empty disk; the service does so to cloud services alone until 2024-07."""
    pool, _ = find_node(call)
    if call.request.version < V2024_07 and "cloudServiceConfiguration" not in pool.document:
        reason = "Operation reimage can be invoked only on pools created with"
        reason += " cloudServiceConfiguration"
        raise BatchError("OperationNotValidOnNode", {"Reason": reason})
    how = _option(call.document(bodies.NODE_REIMAGE), "nodeReimageOption")
    call.scheduler.nodes.reimage(_restartable_node(call), how)
    return _answer(call, 202)


def deallocate_node(call: Call) -> Response:
    """Give a node's machine back; the node keeps its place in the pool."""
    how = _option(call.document(bodies.NODE_DEALLOCATE), "nodeDeallocateOption")
    call.scheduler.nodes.deallocate(_restartable_node(call), how)
    return _answer(call, 202)


def start_node(call: Call) -> Response:
    """Start a node that was deallocated."""
    _, node = find_node(call)
    if node.state is not NodeState.DEALLOCATED:
        raise _refusal(node)
    call.scheduler.nodes.start(node)
    return _answer(call, 202)


def disable_node_scheduling(call: Call) -> Response:
    """Give a node no more tasks."""
    body = call.document(bodies.NODE_DISABLE_SCHEDULING)
    node = _node_to_schedule(call, Scheduling.ENABLED)
    how = _option(body, "nodeDisableSchedulingOption")
    call.scheduler.nodes.disable_scheduling(node, how)
    return _answer(call, 200)


def enable_node_scheduling(call: Call) -> Response:
    """Let a node have tasks again."""
    call.scheduler.nodes.enable_scheduling(_node_to_schedule(call, Scheduling.DISABLED))
    return _answer(call, 200)


def remove_nodes(call: Call) -> Response:
    """The pool's targets are lowered by the nodes that leave."""
    pool = changeable_pool(call)
    body = call.document(bodies.REMOVE_NODES)
    if pool.allocation_state is not AllocationState.STEADY:
        raise BatchError("PoolBeingResized")
    nodes = [_node_of(call, pool, node_id) for node_id in dict.fromkeys(body["nodeList"])]
    # Those that outstayed an earlier resize left the targets then.
    staying = [node.dedicated for node in nodes if node.state is not NodeState.LEAVING_POOL]
    dedicated = sum(staying)
    now = call.store.tick()
    resized = pool_resized(
        pool,
        max(pool.target_dedicated - dedicated, 0),
        max(pool.target_low_priority - (len(staying) - dedicated), 0),
        _option(body, "nodeDeallocationOption"),
        now,
        resize_timeout(body),
    )
    with call.store.transaction():
        call.store.pools.save(resized)
        call.scheduler.remove_nodes(resized, nodes)
    return changed(call, 202, modified=now)


def _option(body: Document, name: str) -> Deallocation:
    return Deallocation(body.get(name, "requeue").lower())


def _restartable_node(call: Call) -> Node:
    """Give the node that the path names, which must be idle or running."""
    _, node = find_node(call)
    if node.state not in _RESTARTED_FROM:
        raise _refusal(node)
    return node


def _refusal(node: Node) -> BatchError:
    code = _REFUSED.get(node.state, "OperationInvalidForCurrentState")
    return BatchError(code, {"Reason": f"The node is {node.state}"})


def _node_to_schedule(call: Call, now: Scheduling) -> Node:
    """Give the node that the path names, whose scheduling must be as it's said to be now."""
    _, node = find_node(call)
    if node.state is NodeState.LEAVING_POOL:
        raise BatchError("OperationInvalidForCurrentState", {"Reason": "The node is leavingpool"})
    if node.scheduling is not now:
        raise BatchError("NodeAlreadyInTargetSchedulingState")
    return node


def _node_of(call: Call, pool: Pool, node_id: str) -> Node:
    node = call.store.nodes.find(pool, node_id)
    if node is None:
        raise BatchError("NodeNotFound", {"NodeId": node_id[:100]})
    return node


def _answer(call: Call, status: int) -> Response:
    return changed(call, status)
