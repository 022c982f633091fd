"""A look at a pool's nodes: whether they can do their work, and why they never will."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.errors import PoolError
from batchff.events import NodeChanged, Warned
from batchff.model import NodeStatus, PoolStatus

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_READY = ("idle", "running")
_BROKEN = ("starttaskfailed", "unusable")
# The service tries again to get nodes for a pool that scales itself, but a quota stays.
_LASTING = ("AccountCoreQuotaReached", "AccountLowPriorityCoreQuotaReached", "AccountVMSeries")
_SECONDS_BETWEEN_LOOKS = 1.0


def wait_for_node(
    pool: str, batch: Batch, reporter: Reporter, *, pause: Callable[[float], None] = time.sleep
) -> None:
    """Wait until a node can take tasks; raise PoolError when none ever will."""
    watcher = PoolWatcher(pool, batch, reporter)
    while not any(node.state in _READY for node in watcher.look()):
        pause(_SECONDS_BETWEEN_LOOKS)


class PoolWatcher:
    """Looks at a pool and tells what changed; to be asked while a job's tasks wait for nodes."""

    def __init__(self, pool: str, batch: Batch, reporter: Reporter) -> None:
        self._pool = pool
        self._batch = batch
        self._reporter = reporter
        self._states: dict[str, str] = {}
        self._told: set[str] = set()

    def look(self) -> list[NodeStatus]:
        """Tell of nodes that changed and of what's wrong, and return the nodes.

        Raises PoolError when the pool has no node that can run a task, and won't get one.
        """
        status = self._batch.pools.get(self._pool)
        if status is None or status.state == "deleting":
            raise PoolError(
                f"pool {self._pool!r} is {'gone' if status is None else 'being deleted'}, "
                "and tasks wait for it",
                hint="submit again to make a new pool",
            )
        nodes = self._batch.pools.nodes(self._pool)
        for node in nodes:
            if self._states.get(node.id) != node.state:
                self._states[node.id] = node.state
                self._reporter.report(NodeChanged(self._pool, node.id, node.state))
        problems = self._problems(status, nodes)
        if problems and self._is_hopeless(status, nodes):
            raise PoolError(
                f"pool {self._pool!r} can't run a task: {problems[0]}",
                hint="the job waits as it is; make the pool anew, or remove both with: "
                "batchff cleanup --pool",
            )
        for problem in problems:
            if problem not in self._told:
                self._told.add(problem)
                self._reporter.report(Warned(f"pool {self._pool!r}: {problem}"))
        return nodes

    def _problems(self, status: PoolStatus, nodes: list[NodeStatus]) -> list[str]:
        problems = [f"nodes can't be had: {error}" for error in status.resize_errors]
        for node in nodes:
            if node.state == "starttaskfailed":
                problems.append(
                    f"the start task failed on node {node.id}: {self._start_task_reason(node)}"
                )
            elif node.state in _BROKEN:
                problems.append(f"node {node.id} is {node.state}")
        if not nodes and not problems and status.allocation_state == "steady":
            problems.append("it has no nodes")
        return problems

    def _start_task_reason(self, node: NodeStatus) -> str:
        said = self._batch.pools.read_node_file(self._pool, node.id, "startup/stderr.txt") or b""
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return f"{node.start_task_failure}: {lines[-1]}" if lines else node.start_task_failure

    @staticmethod
    def _is_hopeless(status: PoolStatus, nodes: list[NodeStatus]) -> bool:
        if status.allocation_state != "steady" or any(node.state not in _BROKEN for node in nodes):
            return False
        refused = any(error.startswith(_LASTING) for error in status.resize_errors)
        return bool(nodes) or refused or not status.autoscaled
