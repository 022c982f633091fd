"""Pools with autoscale: samples are taken, and formulas evaluated when they are due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from batchff.emulator.autoscale.evaluation import Evaluation, Situation, evaluate
from batchff.emulator.autoscale.parser import parse
from batchff.emulator.autoscale.samples import PERIOD, Counts, History
from batchff.emulator.autoscale.syntax import Formula
from batchff.emulator.clock import Clock
from batchff.emulator.scheduling.loops.watch import Watch
from batchff.emulator.state.model import Document, Node, Pool
from batchff.emulator.state.states import Deallocation, NodeState, Result, TaskState
from batchff.emulator.state.store import Store
from batchff.emulator.state.times import SECOND, format_time, parse_duration
from batchff.emulator.state.transitions import pool_resized

_LOG = logging.getLogger(__name__)

_RUNNING = (TaskState.PREPARING, TaskState.RUNNING)
_USABLE = (NodeState.IDLE, NodeState.RUNNING)


class Autoscaler:
    """Samples the pools whose autoscale is on, and resizes them as their formulas say.

    Tasks and nodes are counted; what machines measure, such as $CPUPercent, has no samples. The
    samples are not stored: after a start they begin with one of then.
    """

    def __init__(self, store: Store, clock: Clock, on_resized: Callable[[str], None]) -> None:
        self._store = store
        self._on_resized = on_resized
        self._histories: dict[int, History] = {}
        self._next_sample = 0
        self._watch = Watch(clock, self._look)

    def pools_changed(self) -> None:
        """The autoscale of a pool was turned on or off, or its settings changed."""
        self._watch.look_again()

    async def run(self) -> None:
        """Watch for ever."""
        await self._watch.run()

    def try_formula(self, pool: Pool, formula: Formula) -> Document:
        """Work out a formula for a pool that scales itself, and give the AutoScaleRun."""
        now = self._store.tick()
        return _run(self._evaluate(pool, formula, now), now)

    def _look(self) -> float | None:
        """Do what is due. Return after how many seconds more will be."""
        now = self._store.tick()
        pools = self._store.pools.autoscaling()
        self._take_samples(pools, now)
        for pool in pools:
            if pool.autoscale_due is not None and pool.autoscale_due <= now:
                self._scale(pool, now)
        due = [pool.autoscale_due for pool in self._store.pools.autoscaling()]
        moments = [moment for moment in due if moment is not None]
        if not moments:
            return None
        return max((min(*moments, self._next_sample) - now) / SECOND, 0)

    def _take_samples(self, pools: list[Pool], now: int) -> None:
        """Sample every pool when its time has come, and those at once that have no sample yet."""
        known = {pool.seq: self._histories.get(pool.seq) for pool in pools}
        self._histories = {seq: history or History() for seq, history in known.items()}
        beat = now - now % PERIOD
        for pool in pools:
            if now >= self._next_sample or known[pool.seq] is None:
                self._histories[pool.seq].add(beat, self._counts(pool))
        self._next_sample = beat + PERIOD

    def _scale(self, pool: Pool, now: int) -> None:
        """Work out a pool's formula, resize the pool by it, and say when it is due again."""
        evaluation = self._evaluate(pool, parse(pool.document["autoScaleFormula"]), now)
        interval = parse_duration(pool.document["autoScaleEvaluationInterval"])
        due = (pool.autoscale_due or now) + interval
        if due <= now:  # the emulator was off for longer than that
            due = now + interval
        run = _run(evaluation, now)
        scaled = replace(pool, autoscale_due=due, autoscale_run=run)
        if "error" in run:
            _LOG.warning("pool %s: %s", pool.id, run["error"])
            self._store.pools.save(scaled)
            return
        targets = evaluation.target_dedicated, evaluation.target_low_priority
        if targets == self._reached(pool):
            self._store.pools.save(scaled)
            return
        resized = pool_resized(scaled, *targets, Deallocation(evaluation.deallocation), now)
        self._store.pools.save(resized)
        self._on_resized(pool.key)

    def _reached(self, pool: Pool) -> tuple[int, int] | None:
        """Give the targets of a pool that has reached them, so that nothing need be done."""
        staying = [
            node.dedicated
            for node in self._store.nodes.of_pool(pool)
            if node.state is not NodeState.LEAVING_POOL
        ]
        targets = pool.target_dedicated, pool.target_low_priority
        return targets if targets == (sum(staying), len(staying) - sum(staying)) else None

    def _evaluate(self, pool: Pool, formula: Formula, now: int) -> Evaluation:
        return evaluate(
            formula,
            Situation(
                now=now,
                target_dedicated=pool.target_dedicated,
                target_low_priority=pool.target_low_priority,
                counts=self._counts(pool),
                history=self._histories.get(pool.seq, History()),
            ),
        )

    def _counts(self, pool: Pool) -> Counts:
        active = running = succeeded = failed = 0
        for tally in self._store.tasks.tally_of_pool(pool):
            if tally.state is TaskState.ACTIVE:
                active += tally.tasks
            elif tally.state in _RUNNING:
                running += tally.tasks
            elif tally.result is Result.SUCCESS:
                succeeded += tally.tasks
            else:
                failed += tally.tasks
        return {
            "$ActiveTasks": active,
            "$RunningTasks": running,
            "$PendingTasks": active + running,
            "$SucceededTasks": succeeded,
            "$FailedTasks": failed,
            "$TaskSlotsPerNode": pool.slots_per_node,
            **_node_counts(self._store.nodes.of_pool(pool)),
        }


def _node_counts(nodes: list[Node]) -> Counts:
    return {
        "$CurrentDedicatedNodes": sum(node.dedicated for node in nodes),
        "$CurrentLowPriorityNodes": sum(not node.dedicated for node in nodes),
        "$PreemptedNodeCount": sum(node.state is NodeState.PREEMPTED for node in nodes),
        "$UsableNodeCount": sum(node.state in _USABLE for node in nodes),
        "$SampleNodeCount": len(nodes),
    }


def _run(evaluation: Evaluation, now: int) -> Document:
    """Write what came of a formula as an AutoScaleRun."""
    run: Document = {"timestamp": format_time(now), "results": evaluation.results}
    error = evaluation.error
    if error is not None:
        run["error"] = {
            "code": error.code,
            "message": error.message,
            "values": [{"name": "Message", "value": error.detail}],
        }
    return run
