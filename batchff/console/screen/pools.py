"""What events of a pool make of the screen's state."""

from __future__ import annotations

from dataclasses import replace

from batchff.console.screen.state import AWAY, READY, Node, Pool, ScreenState
from batchff.console.screen.tasks import lose_tasks
from batchff.events import Event
from batchff.events.pools import NodeChanged, NodeLeft, NodeTerms, PoolReady

_BOOTS_KEPT = 20
_HOUR = 3600.0


def of_pool(event: Event, state: ScreenState, now: float) -> ScreenState | None:
    """Return the state after an event of the pool; None for other events."""
    match event:
        case PoolReady(created=created):
            return replace(state, is_from_its_beginning=created)
        case NodeTerms():
            return replace(state, pool=replace(state.pool, terms=event))
        case NodeChanged():
            after = lose_tasks(event, state, now)
            return replace(after, pool=_changed(state, event, now))
        case NodeLeft(node=node) if node in state.pool.nodes:
            is_busy = any(each.node == node for each in state.running.values())
            after = lose_tasks(event, state, now)
            return replace(after, pool=_left(state.pool, node, now, is_busy=is_busy))
        case _:
            return None


def _changed(state: ScreenState, event: NodeChanged, now: float) -> Pool:
    pool, since = state.pool, state.when(event.since, now)
    before = pool.nodes.get(event.node)
    numbered, boots, preemptions = pool.numbered, pool.boots, pool.preemptions
    if before is None:
        numbered += 1
        node = Node(event.node, numbered, event.state, event.spot, since, since)
    else:
        node = replace(before, state=event.state, spot=event.spot, since=since)
        if before.is_booting and event.state in READY:
            boots = (*boots[1 - _BOOTS_KEPT :], max(since - before.seen, 0.0))
    if event.state in AWAY and (before is None or before.state not in AWAY):
        preemptions += 1
        pool = _paid(pool, before, now)
    if before is not None and before.state in AWAY and event.state not in AWAY:
        node = replace(node, seen=now)  # it's another machine, and costs from now on
    return replace(
        pool,
        nodes={**pool.nodes, event.node: node},
        numbered=numbered,
        boots=boots,
        preemptions=preemptions,
    )


def _left(pool: Pool, name: str, now: float, *, is_busy: bool) -> Pool:
    node = pool.nodes[name]
    pool = _paid(pool, node, now)
    nodes = {other: each for other, each in pool.nodes.items() if other != name}
    # Nobody takes a node away that works, but who wants a Spot node back.
    taken = is_busy and node.spot and node.state not in AWAY
    return replace(pool, nodes=nodes, preemptions=pool.preemptions + taken)


def _paid(pool: Pool, node: Node | None, now: float) -> Pool:
    """Note how long a node was there that isn't any more; one that is away costs nothing."""
    if node is None or node.state in AWAY:
        return pool
    dedicated, spot = pool.gone_hours
    hours = (now - node.seen) / _HOUR
    gone = (dedicated, spot + hours) if node.spot else (dedicated + hours, spot)
    return replace(pool, gone_hours=gone)


def node_hours(pool: Pool, now: float) -> tuple[float, float]:
    """Return for how long dedicated and Spot nodes were there, as far as that was seen."""
    dedicated, spot = pool.gone_hours
    for node in pool.nodes.values():
        if node.state in AWAY:
            continue
        hours = (now - node.seen) / _HOUR
        if node.spot:
            spot += hours
        else:
            dedicated += hours
    return dedicated, spot


def cost(pool: Pool, hours: tuple[float, float]) -> float | None:
    """Return what node-hours cost; None where a price is missing, or nodes cost nothing."""
    terms = pool.terms
    if terms is None or terms.here:
        return None
    total = 0.0
    for count, price in zip(hours, (terms.hourly, terms.spot_hourly), strict=True):
        if count and price is None:
            return None
        total += count * (price or 0.0)
    return total


def hourly_cost(pool: Pool) -> float | None:
    """Return what the nodes that are there cost in an hour."""
    there = [node for node in pool.nodes.values() if node.state not in AWAY]
    spot = sum(node.spot for node in there)
    return cost(pool, (float(len(there) - spot), float(spot)))
