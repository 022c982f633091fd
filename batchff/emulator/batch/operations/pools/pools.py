"""Pools: create, read, change, resize, delete, and the counts of their nodes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import replace

from starlette.responses import Response

from batchff.emulator.batch import bodies
from batchff.emulator.batch.checks.autoscale import check_new_pool
from batchff.emulator.batch.checks.images import check_image
from batchff.emulator.batch.checks.references import check_references
from batchff.emulator.batch.checks.systems import check_login_ports, check_systems
from batchff.emulator.batch.protocol.call import Call, changed, done, resource
from batchff.emulator.batch.protocol.entities import POOL, POOL_NODE_COUNTS
from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.batch.protocol.identities import pool_identity
from batchff.emulator.batch.protocol.lists import answer_rows, selection
from batchff.emulator.batch.protocol.versions import write
from batchff.emulator.batch.rendering.resources import pool_url, render_pool
from batchff.emulator.state.creation import new_pool
from batchff.emulator.state.defaults import (
    complete_pool,
    complete_start_task,
    cores_of,
    resize_timeout,
)
from batchff.emulator.state.model import Document, Node, Pool
from batchff.emulator.state.pool_defaults import without_empty_lists
from batchff.emulator.state.states import AllocationState, Deallocation, PoolState
from batchff.emulator.state.store.database import EVERYTHING
from batchff.emulator.state.transitions import pool_resized

_MOST_NODE_COUNTS = 10
_NODE_COUNTS = {
    "creating": "creating",
    "idle": "idle",
    "offline": "offline",
    "preempted": "preempted",
    "rebooting": "rebooting",
    "reimaging": "reimaging",
    "running": "running",
    "starting": "starting",
    "startTaskFailed": "starttaskfailed",
    "leavingPool": "leavingpool",
    "unknown": "unknown",
    "unusable": "unusable",
    "waitingForStartTask": "waitingforstarttask",
    "deallocated": "deallocated",
    "deallocating": "deallocating",
    "upgradingOS": "upgradingos",
}


def find_pool(call: Call) -> Pool:
    """Give the pool that the path names. Raises PoolNotFound."""
    pool = call.store.pools.find(call.parameters["poolId"])
    if pool is None:
        raise BatchError("PoolNotFound")
    return pool


def changeable_pool(call: Call) -> Pool:
    """Give the pool that the path names, to change it. Raises BatchError where it can't be."""
    pool = find_pool(call)
    call.check_conditions(pool.modified)
    if pool.state is PoolState.DELETING:
        raise BatchError("PoolBeingDeleted")
    return pool


def check_pool(body: Document, version: str) -> None:
    """Refuse a pool whose fields don't go together. Raises BatchError."""
    if "virtualMachineConfiguration" in body:
        check_image(body["virtualMachineConfiguration"], version)
    check_systems(body)
    check_login_ports(body, version)
    check_references(body)
    _check_slots(body.get("taskSlotsPerNode", 1), body["vmSize"])
    check_new_pool(body)


def create_pool(call: Call) -> Response:
    """Add a pool; its nodes are made after the answer."""
    body = call.document(bodies.POOL_CREATE)
    check_pool(body, call.request.version)
    now = call.store.tick()
    pool = new_pool(body, now)
    try:
        call.store.pools.add(pool)
    except sqlite3.IntegrityError:
        existing = call.store.pools.find(pool.id)
        deleting = existing is not None and existing.state is PoolState.DELETING
        raise BatchError("PoolBeingDeleted" if deleting else "PoolExists") from None
    call.scheduler.pool_made(pool.key)
    return changed(call, 201, modified=now, location=pool_url(call.endpoint, pool.id))


def get_pool(call: Call) -> Response:
    """Answer with a pool."""
    call.check_expand()
    pool = find_pool(call)
    call.check_conditions(pool.modified)
    rendered = write(_render(call, pool), call.request.version)
    document = selection(call, POOL.properties)(rendered)
    return resource(call, document, pool.modified, "pools")


def pool_exists(call: Call) -> Response:
    """Answer 200 where a pool exists, 404 where none does."""
    pool = find_pool(call)
    call.check_conditions(pool.modified)
    return done(200, modified=pool.modified)


def list_pools(call: Call) -> Response:
    """List all pools."""
    return answer_rows(
        call,
        call.store.pools,
        EVERYTHING,
        POOL,
        lambda pool: _render(call, pool),
    )


def update_pool(call: Call) -> Response:
    """Most fields can be changed only while the pool has no nodes."""
    pool = changeable_pool(call)
    body = call.document(bodies.POOL_UPDATE)
    always = {"startTask", "metadata", "applicationPackageReferences"}
    if set(body) - always and call.store.nodes.of_pool(pool):
        raise BatchError(
            "OperationInvalidForCurrentState",
            {"Reason": f"Only an empty pool can change {', '.join(sorted(set(body) - always))}"},
        )
    check_references(body)
    if "virtualMachineConfiguration" in body and "cloudServiceConfiguration" in pool.document:
        raise bad_property("virtualMachineConfiguration", {}, "The pool is a cloud service")
    document = complete_pool({**pool.document, **body})
    if "virtualMachineConfiguration" in body:
        check_image(document["virtualMachineConfiguration"], call.request.version)
    # The service wrote more into the accounts that the pool has already.
    check_systems({**document, "userAccounts": body.get("userAccounts", [])})
    _check_slots(document["taskSlotsPerNode"], document["vmSize"])
    return changed(call, 200, modified=_save(call, pool, document))


def replace_pool_properties(call: Call) -> Response:
    """A start task that is left out is removed."""
    pool = changeable_pool(call)
    body = call.document(bodies.POOL_REPLACE)
    check_references(body)
    document = {
        **pool.document,
        "metadata": body["metadata"],
        "certificateReferences": [],
        "targetNodeCommunicationMode": body.get("targetNodeCommunicationMode", "default").lower(),
    }
    document.pop("startTask", None)
    document = without_empty_lists(document)
    if "startTask" in body:
        document["startTask"] = complete_start_task(body["startTask"])
    return changed(call, 204, modified=_save(call, pool, document))


def resize_pool(call: Call) -> Response:
    """Give a pool new targets; nodes come and go after the answer."""
    pool = changeable_pool(call)
    body = call.document(bodies.POOL_RESIZE)
    if "targetDedicatedNodes" not in body and "targetLowPriorityNodes" not in body:
        raise BatchError("MissingRequiredProperty", {"PropertyName": "targetDedicatedNodes"})
    if pool.autoscales:
        raise BatchError(
            "OperationInvalidForCurrentState", {"Reason": "The pool scales itself by a formula"}
        )
    if pool.allocation_state is not AllocationState.STEADY:
        raise BatchError("PoolBeingResized")
    now = call.store.tick()
    resized = pool_resized(
        pool,
        body.get("targetDedicatedNodes", pool.target_dedicated),
        body.get("targetLowPriorityNodes", pool.target_low_priority),
        Deallocation(body.get("nodeDeallocationOption", "requeue").lower()),
        now,
        resize_timeout(body),
    )
    call.store.pools.save(resized)
    call.scheduler.pool_changed(pool.key)
    return changed(call, 202, modified=now)


def stop_pool_resize(call: Call) -> Response:
    """The targets stay, and an error says that they weren't reached; what leaves still leaves."""
    pool = changeable_pool(call)
    if pool.allocation_state is AllocationState.STEADY:
        raise BatchError("OperationInvalidForCurrentState", {"Reason": "It isn't being resized"})
    now = call.store.tick()
    stopped = replace(pool, allocation_state=AllocationState.STOPPING, allocation_time=now)
    call.store.pools.save(stopped)
    call.scheduler.pool_changed(pool.key)
    return changed(call, 202, modified=pool.modified)


def delete_pool(call: Call) -> Response:
    """Remove a pool and its nodes; answered before that is done."""
    pool = changeable_pool(call)
    now = call.store.tick()
    call.store.pools.save(replace(pool, state=PoolState.DELETING, state_time=now, modified=now))
    call.scheduler.pool_changed(pool.key)
    return done(202)


def list_pool_node_counts(call: Call) -> Response:
    """List the pools with the number of their nodes in each state."""

    def render(pool: Pool) -> Document:
        nodes = call.store.nodes.of_pool(pool)
        return {
            "poolId": pool.id,
            "dedicated": _counts([node for node in nodes if node.dedicated]),
            "lowPriority": _counts([node for node in nodes if not node.dedicated]),
        }

    return answer_rows(
        call, call.store.pools, EVERYTHING, POOL_NODE_COUNTS, render, most=_MOST_NODE_COUNTS
    )


def _counts(nodes: list[Node]) -> Document:
    states = Counter(str(node.state) for node in nodes)
    counts = {name: states[state] for name, state in _NODE_COUNTS.items()}
    return {**counts, "total": len(nodes)}


def _render(call: Call, pool: Pool) -> Document:
    document = render_pool(pool, call.store.nodes.of_pool(pool), call.endpoint)
    identities = call.services.identities
    if identities is not None and identities.all:
        document["identity"] = pool_identity(identities)
    return document


def _save(call: Call, pool: Pool, document: Document) -> int:
    now = call.store.tick()
    call.store.pools.save(replace(pool, document=document, modified=now))
    return now


def _check_slots(slots: int, vm_size: str) -> None:
    most = min(4 * cores_of(vm_size), 256)
    if slots > most:
        raise bad_property("taskSlotsPerNode", slots, f"{vm_size} takes at most {most}")
