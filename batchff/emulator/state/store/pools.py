"""The table of pools."""

from __future__ import annotations

import json

from batchff.emulator.state.model import Pool
from batchff.emulator.state.states import AllocationState, Deallocation, PoolState
from batchff.emulator.state.store.database import Database, Table


class Pools(Table[Pool]):
    """The pools."""

    order = "key"

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "pools",
            Pool,
            {
                "document": json.loads,
                "resize_errors": json.loads,
                "state": PoolState,
                "allocation_state": AllocationState,
                "deallocation": Deallocation,
                "autoscale_run": json.loads,
            },
        )

    def find(self, pool_id: str) -> Pool | None:
        """Give the pool of an id, whatever its case; None where there is none."""
        return self.first("key = ?", pool_id.lower())

    def all(self) -> list[Pool]:
        """Give all pools, oldest first."""
        return self.select("1 ORDER BY seq")

    def autoscaling(self) -> list[Pool]:
        """Give the pools that scale themselves."""
        return self.select("state = 'active' AND autoscale_due IS NOT NULL ORDER BY seq")

    def resizing(self) -> list[Pool]:
        """Give the pools that are on their way to their targets."""
        return self.select("state = 'active' AND allocation_state = 'resizing' ORDER BY seq")
