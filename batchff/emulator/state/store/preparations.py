"""The table of what jobs' preparation and release tasks have done on nodes."""

from __future__ import annotations

import json

from batchff.emulator.state.model import Job, Preparation
from batchff.emulator.state.states import AuxiliaryState, PreparationStatus, Result
from batchff.emulator.state.store.database import Database, Table


class Preparations(Table[Preparation]):
    """One row for each job and node where its preparation task was started."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            "preparations",
            Preparation,
            {
                "state": AuxiliaryState,
                "standing": PreparationStatus,
                "result": Result,
                "failure": json.loads,
                "release_state": AuxiliaryState,
                "release_result": Result,
                "release_failure": json.loads,
            },
        )

    def find(self, job: Job, node_id: str) -> Preparation | None:
        """Give what a job's preparation task did on a node; None before it began."""
        return self.first("job = ? AND node = ?", job.seq, node_id)

    def of_job(self, job: Job) -> list[Preparation]:
        """Give the rows of a job, oldest first."""
        return self.select("job = ? ORDER BY seq", job.seq)

    def of_node(self, node_id: str) -> list[Preparation]:
        """Give the rows of a node, oldest first."""
        return self.select("node = ? ORDER BY seq", node_id)

    def interrupted(self) -> list[Preparation]:
        """Give those in the state running."""
        return self.select("state = 'running'")

    def current(self) -> list[Preparation]:
        """Give those that count for what their nodes are now."""
        return self.select("state = 'completed' AND standing = 'current'")

    def failed_nodes(self, job: Job) -> frozenset[str]:
        """Give the ids of the nodes where a job's preparation task failed for good."""
        sql = (
            "SELECT node FROM preparations"
            " WHERE job = ? AND result = 'failure' AND standing != 'void'"
        )
        return frozenset(node for (node,) in self._execute(sql, (job.seq,)))

    def remove_of(self, job: Job) -> None:
        """Delete the rows of a job."""
        self._execute("DELETE FROM preparations WHERE job = ?", (job.seq,))

    def expired(self, now: int) -> list[Preparation]:
        """Give those of which a directory was kept long enough."""
        return self.select("expires <= ? OR release_expires <= ?", now, now)

    def next_expiry(self) -> int | None:
        """Tell when the next directory will have been kept long enough."""
        kept = "SELECT min({0}) AS moment FROM preparations WHERE {0} IS NOT NULL"
        both = f"{kept.format('expires')} UNION ALL {kept.format('release_expires')}"
        expiry: int | None = self._execute(f"SELECT min(moment) FROM ({both})", ()).fetchone()[0]
        return expiry
