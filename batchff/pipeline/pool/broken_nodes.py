"""Which nodes of a pool are broken: they run no task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from batchff.model.pools import NodeStatus
from batchff.model.states import (
    NODE_BROKEN,
    SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE,
    NodeState,
)


class BrokenNodes:
    """Knows which of a pool's nodes are broken, from looks at them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._unusable_since: dict[str, float] = {}
        self._broken: dict[str, str] = {}

    def look(self, nodes: Sequence[NodeStatus]) -> list[NodeStatus]:
        """Take a pool's nodes as they are now; return those that broke since the last look."""
        now, since, before = self._clock(), self._unusable_since, self._broken
        self._unusable_since = {
            node.id: since.get(node.id, now)
            for node in nodes
            if node.spot and node.state == NodeState.UNUSABLE
        }
        broken = [
            node for node in nodes if node.state in NODE_BROKEN and not self._may_pass(node, now)
        ]
        self._broken = {node.id: node.state for node in broken}
        return [node for node in broken if before.get(node.id) != node.state]

    def has(self, node: NodeStatus) -> bool:
        """Return whether a node was broken at the last look."""
        return node.id in self._broken

    def _may_pass(self, node: NodeStatus, now: float) -> bool:
        since = self._unusable_since.get(node.id)
        return since is not None and now - since < SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE
