"""The users that were made on nodes: their names alone, for as long as the emulator runs."""

from __future__ import annotations


class NodeUsers:
    """Who could log in, if the nodes were machines. Passwords and keys are kept nowhere."""

    def __init__(self) -> None:
        self._by_node: dict[str, set[str]] = {}

    def add(self, node_id: str, name: str) -> bool:
        """Add a user to a node; return False where there is one of that name."""
        users = self._by_node.setdefault(node_id, set())
        if name.lower() in users:
            return False
        users.add(name.lower())
        return True

    def has(self, node_id: str, name: str) -> bool:
        """Tell whether a node has a user."""
        return name.lower() in self._by_node.get(node_id, ())

    def remove(self, node_id: str, name: str) -> bool:
        """Remove a user from a node; return False where there is none of that name."""
        if not self.has(node_id, name):
            return False
        self._by_node[node_id].discard(name.lower())
        return True
