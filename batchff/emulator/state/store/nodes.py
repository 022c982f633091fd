"""The table of nodes."""

from __future__ import annotations

import json

from batchff.emulator.state.model import Node, Pool
from batchff.emulator.state.states import NodeState, Scheduling
from batchff.emulator.state.store.database import Database, Table


class Nodes(Table[Node]):
    """The nodes of all pools."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "nodes",
            Node,
            {
                "state": NodeState,
                "dedicated": bool,
                "start_task": json.loads,
                "start_task_info": json.loads,
                "scheduling": Scheduling,
            },
        )

    def find(self, pool: Pool, node_id: str) -> Node | None:
        """Give a node of a pool by its id; None where there is none."""
        return self.first("pool = ? AND id = ?", pool.seq, node_id)

    def find_anywhere(self, node_id: str) -> Node | None:
        """Give a node of any pool by its id; None where there is none."""
        return self.first("id = ?", node_id)

    def of_pool(self, pool: Pool) -> list[Node]:
        """Give the nodes of a pool, oldest first."""
        return self.select("pool = ? ORDER BY seq", pool.seq)
