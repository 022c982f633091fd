"""Look at a pool's nodes: whether they can run tasks, and why they never will."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.errors import InterruptedByUser, PoolError, TimedOutError
from batchff.events import Warned
from batchff.events.pools import NodeChanged, NodeFailed, NodeLeft, NodesCounted
from batchff.model.duration import duration_text
from batchff.model.pools import NodeStatus, PoolStatus
from batchff.model.states import NODE_READY, AllocationState, NodeState, PoolState
from batchff.node.log_tail import last_lines
from batchff.pipeline.pool.broken_nodes import BrokenNodes
from batchff.pipeline.waiting import Interval

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter

_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 5.0
# A formula is worked out a moment after the pool is made, or given nodes again.
_SECONDS_BEFORE_NO_NODES_IS_ODD = 30.0
# By then a formula has been worked out twice at least, however rarely it is.
_SECONDS_BEFORE_NONE_WILL_COME = 1800.0
# What each of very many broken nodes said would be the same, and costs two requests.
_OUTPUTS_READ = 3


def wait_for_node(
    pool: str,
    batch: Batch,
    reporter: Reporter,
    *,
    timeout: float | None = None,
    pause: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Wait until a node can take tasks; raise PoolError when none ever will.

    `timeout` is in seconds. Raises TimedOutError after it, and InterruptedByUser at Ctrl-C.
    """
    watcher = PoolWatcher(pool, batch, reporter, has_tasks=False, clock=clock)
    started = clock()
    interval = Interval(_SHORTEST_PAUSE, _LONGEST_PAUSE)
    states: dict[str, int] = {}
    try:
        while True:
            nodes = watcher.look()
            if any(node.state in NODE_READY for node in nodes):
                return
            left = float("inf") if timeout is None else timeout - (clock() - started)
            if timeout is not None and left <= 0:
                raise TimedOutError(
                    f"no node of pool {pool!r} is ready after "
                    f"{duration_text(timedelta(seconds=timeout))}: "
                    f"{states_text(count_states(nodes)) or 'there is none'}",
                    hint=f"the pool stays; look again with: batchff pool show {pool}",
                )
            before, states = states, count_states(nodes)
            pause(min(interval.after(changed=states != before), left))
    except KeyboardInterrupt:
        raise InterruptedByUser(
            f"stopped waiting; pool {pool!r} stays",
            hint=f"remove it with: batchff pool delete {pool}",
        ) from None


def count_states(nodes: Sequence[NodeStatus]) -> dict[str, int]:
    """Return how many nodes are in each state, the most frequent first."""
    return dict(Counter(sorted(node.state for node in nodes)).most_common())


def states_text(states: dict[str, int]) -> str:
    """Return nodes' states in words."""
    return ", ".join(f"{count} {state}" for state, count in states.items())


def node_problem(node: NodeStatus) -> str:
    """Return what's wrong with a node; the service lists a failed start task once more."""
    return node.start_task_failure or "; ".join(node.errors)


def start_task_output(pool: str, node: str, batch: Batch) -> tuple[str, ...]:
    """Return the last lines that a node's start task wrote, of its errors if there are any."""
    for name in ("stderr", "stdout"):
        said = batch.pools.read_node_file(pool, node, f"startup/{name}.txt") or b""
        if lines := last_lines(said.decode("utf-8", "replace")):
            return lines
    return ()


def is_quota(error: str) -> bool:
    """Return whether a resize error is of a quota: of all cores, of Spot cores or of a family's."""
    code = error.partition(":")[0]
    return code.startswith("Account") and code.endswith("QuotaReached")


class PoolWatcher:
    """Looks at a pool and reports what changed, while tasks or a user wait for nodes.

    `has_tasks` says that tasks wait: then dedicated nodes take over for missing Spot nodes.
    """

    def __init__(
        self,
        pool: str,
        batch: Batch,
        reporter: Reporter,
        *,
        has_tasks: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._batch = batch
        self._reporter = reporter
        self._has_tasks = has_tasks
        self._clock = clock
        self._states: dict[str, str] = {}
        self._broken = BrokenNodes(clock)
        self._counts: dict[str, int] = {}
        self._reported: set[str] = set()
        self._outputs: dict[str, tuple[str, ...]] = {}
        self._empty_since: float | None = None
        self._lacking_since: float | None = None

    def look(self) -> list[NodeStatus]:
        """Report nodes that changed and what's wrong, and return the nodes.

        Raises PoolError when the pool has no node that can run a task, and won't get one, or
        hasn't for half an hour. A Spot node that is unusable may yet be preempted and come back.
        """
        status = self._batch.pools.get(self._pool)
        if status is None or status.state == PoolState.DELETING:
            waits = ", and tasks wait for it" if self._has_tasks else ""
            raise PoolError(
                f"pool {self._pool!r} is {'gone' if status is None else 'being deleted'}{waits}",
                hint="submit again to make a new pool" if self._has_tasks else "make it anew",
            )
        nodes = self._batch.pools.nodes(self._pool)
        self._report_states(nodes)
        warnings = [self._of_resize(status, error) for error in status.resize_errors]
        if status.formula_run is not None and status.formula_run.error:
            warnings.append(f"its formula failed: {status.formula_run.error}")
        if not warnings and self._is_oddly_empty(status, nodes):
            gave_up = status.formula_run is not None and status.formula_run.gave_up
            warnings.append(
                "it has no nodes" + ", as tasks waited on them for long and none ran" * gave_up
            )
        problems = [*warnings, *self._of_nodes(nodes)]
        if self._is_hopeless(status, nodes) and problems:
            raise PoolError(
                f"pool {self._pool!r} can't run a task: {problems[0]}",
                hint=self._advice(status, nodes),
            )
        for problem in warnings:
            if problem not in self._reported:
                self._reported.add(problem)
                self._reporter.report(Warned(f"pool {self._pool!r}: {problem}"))
        return nodes

    def look_at_states(self) -> None:
        """Report nodes that changed; tasks run, so nobody asks whether the pool is of use."""
        self._report_states(self._batch.pools.nodes(self._pool))

    def _report_states(self, nodes: list[NodeStatus]) -> None:
        before = self._states
        self._states = {node.id: node.state for node in nodes}
        for node in nodes:
            if before.get(node.id) == node.state:
                continue
            self._reporter.report(
                NodeChanged(self._pool, node.id, node.state, node.spot, node.since)
            )
        for gone in before.keys() - self._states.keys():
            self._reporter.report(NodeLeft(self._pool, gone))
        for node in self._broken.look(nodes):
            self._report_broken(node)
        counts = count_states(nodes)
        if counts != self._counts:
            self._counts = counts
            self._reporter.report(NodesCounted(self._pool, counts))

    def _report_broken(self, node: NodeStatus) -> None:
        """Report a broken node; of the first few, with what their start tasks said."""
        log: tuple[str, ...] = ()
        if node.state == NodeState.START_TASK_FAILED and len(self._outputs) < _OUTPUTS_READ:
            log = start_task_output(self._pool, node.id, self._batch)
            self._outputs[node.id] = log
        self._reporter.report(
            NodeFailed(self._pool, node.id, node_problem(node) or node.state, log)
        )

    def _of_resize(self, status: PoolStatus, error: str) -> str:
        problem = f"nodes can't be had: {error.rstrip('.')}"
        if is_quota(error):
            if self._has_fallback(status):
                return f"{problem}; dedicated nodes take over when tasks have waited for long"
        elif status.autoscaled:
            return f"{problem}; the service tries again"
        return problem

    def _of_nodes(self, nodes: list[NodeStatus]) -> list[str]:
        """Return what's wrong with nodes, in one line for all that have the same."""
        problems = []
        for state, what in (
            (NodeState.START_TASK_FAILED, "the start task failed on"),
            (NodeState.UNUSABLE, "the service can't use"),
        ):
            broken = [node for node in nodes if node.state == state]
            if not broken:
                continue
            where = f"node {broken[0].id}" if len(broken) == 1 else f"{len(broken)} nodes"
            if 1 < len(broken) == len(nodes):
                where = f"all {where}"
            said = (node_problem(broken[0]) or state, *self._outputs.get(broken[0].id, ())[-1:])
            problems.append(f"{what} {where}: {': '.join(said)}")
        return problems

    def _is_oddly_empty(self, status: PoolStatus, nodes: list[NodeStatus]) -> bool:
        if nodes or status.allocation_state != AllocationState.STEADY:
            self._empty_since = None
            return False
        now = self._clock()
        if self._empty_since is None:
            self._empty_since = now
        waited = now - self._empty_since
        return not status.autoscaled or waited > _SECONDS_BEFORE_NO_NODES_IS_ODD

    def _has_fallback(self, status: PoolStatus) -> bool:
        """Return whether only Spot nodes are refused, and dedicated ones come for waiting tasks.

        The formula counts waiting tasks, so without any it asks for none.
        """
        spec = status.batchff.spec if status.batchff else None
        spot_only = all("LowPriority" in error for error in status.resize_errors if is_quota(error))
        return self._has_tasks and spot_only and spec is not None and spec.fallback

    def _is_hopeless(self, status: PoolStatus, nodes: list[NodeStatus]) -> bool:
        if not all(map(self._broken.has, nodes)):
            self._lacking_since = None
            return False
        now = self._clock()
        if self._lacking_since is None:
            self._lacking_since = now
        if status.allocation_state != AllocationState.STEADY:
            return False
        if now - self._lacking_since > _SECONDS_BEFORE_NONE_WILL_COME:
            return True
        refused = any(is_quota(error) for error in status.resize_errors)
        if refused and self._has_fallback(status):
            return False
        # Tasks can wait for the next try; who waits for the nodes alone had better know.
        failed = bool(status.resize_errors) and not self._has_tasks
        return bool(nodes) or refused or failed or not status.autoscaled

    def _advice(self, status: PoolStatus, nodes: list[NodeStatus]) -> str:
        if any(is_quota(error) for error in status.resize_errors):
            return (
                "ask for fewer nodes (batchff pool resize) or another --vm-size, or have the "
                "quota raised: see Quotas of the Batch account in the Azure portal"
            )
        if self._has_tasks:
            later = "" if nodes else "watch it again later, "
            return (
                f"the job waits as it is; {later}make the pool anew, or remove both with: "
                "batchff cleanup --pool"
            )
        if nodes:
            return f"remove it with: batchff pool delete {self._pool}"
        return (
            "wait for it again later, make one with another --vm-size, or remove it with: "
            f"batchff pool delete {self._pool}"
        )
