"""Resize: another number of nodes for a pool that exists."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchff.cloud.batch import Batch
from batchff.cloud.http.retry_policies import POOL_CHANGE
from batchff.cloud.http.retrying import Steps
from batchff.errors import PoolError, UsageError
from batchff.events import Notice
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import PoolSpec, PoolStatus
from batchff.model.states import PoolState
from batchff.pipeline.node_ffmpeg.equip import Supply, renew
from batchff.pipeline.pool.autoscale import EVALUATION_INTERVAL, scaling_formula
from batchff.pipeline.pool.spec import checked_spec

if TYPE_CHECKING:
    from batchff.console.reporter import Reporter


def resize(
    status: PoolStatus,
    batch: Batch,
    reporter: Reporter,
    *,
    nodes: int | None = None,
    spot: int | None = None,
    max_nodes: int | None = None,
    supply: Supply | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> tuple[int, int]:
    """Ask for other counts of nodes; those that aren't given stay. Return the counts asked for.

    A pool that batchff made gets a formula for them, another one is resized. No running task is
    ended. `supply` is where new nodes find the bundled ffmpeg. Raises PoolError for a pool that
    somebody else's formula scales, UsageError for counts
    that no pool can have.
    """
    if status.state == PoolState.DELETING:
        raise PoolError(f"pool {status.id!r} is being deleted", hint="make another one")
    if status.batchff is not None and status.autoscaled:
        facts = renew(status, batch, supply, reporter) or status.batchff
        return _rescale(status, facts, batch, reporter, nodes, spot, max_nodes, pause)
    if status.autoscaled:
        raise PoolError(
            f"pool {status.id!r} scales itself by a formula that isn't batchff's",
            hint="change the formula with the program that made it",
        )
    if max_nodes is not None:
        raise UsageError(f"--max-nodes is for batchff's pools, and {status.id!r} is none")
    dedicated = status.target_dedicated if nodes is None else nodes
    low_priority = status.target_spot if spot is None else spot
    batch.pools.resize(status.id, dedicated, low_priority)
    return dedicated, low_priority


def _rescale(
    status: PoolStatus,
    facts: PoolFacts,
    batch: Batch,
    reporter: Reporter,
    nodes: int | None,
    spot: int | None,
    max_nodes: int | None,
    pause: Callable[[float], object],
) -> tuple[int, int]:
    if facts.spec is None:
        raise PoolError(
            f"pool {status.id!r} was made by an earlier batchff, which noted no specification",
            hint=f"delete it and make it anew: batchff pool delete {status.id}",
        )
    spec = _with_counts(facts.spec, nodes, spot, max_nodes)
    formula = scaling_formula(spec, datetime.now(UTC))
    if not change_formula(status.id, formula, batch, reporter, pause=pause):
        raise PoolError(
            f"pool {status.id!r} is still being resized, and keeps its numbers of nodes",
            hint=f"try again when it's steady; see: batchff pool show {status.id}",
        )
    changed = replace(facts, spec=spec)
    batch.pools.set_metadata(status.id, {**status.metadata, **changed.metadata()})
    return spec.nodes, spec.spot


def change_formula(
    pool: str,
    formula: str,
    batch: Batch,
    reporter: Reporter,
    *,
    patience: float | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> bool:
    """Give a pool another formula, once it can be changed; return False where that takes too long.

    `patience` is in seconds; None takes that of the retry policy.
    """
    policy = POOL_CHANGE if patience is None else replace(POOL_CHANGE, patience=patience)
    steps = Steps(policy, pause)
    reported = False
    while not batch.pools.scale(pool, formula, EVALUATION_INTERVAL):
        if steps.is_over:
            return False
        if not reported:
            reporter.report(
                Notice(f"pool {pool} was changed a moment ago: waiting until it can be again")
            )
            reported = True
        steps.wait()
    return True


def _with_counts(
    spec: PoolSpec, nodes: int | None, spot: int | None, max_nodes: int | None
) -> PoolSpec:
    """Return the specification with other counts; the most nodes grow with them unless given."""
    changed = replace(
        spec,
        nodes=spec.nodes if nodes is None else nodes,
        spot=spec.spot if spot is None else spot,
    )
    if changed.nodes + changed.spot == 0:
        raise UsageError(
            "a pool needs a node",
            hint="without tasks it has no nodes anyway; delete it with: batchff pool delete",
        )
    if max_nodes is not None:
        return checked_spec(replace(changed, max_nodes=max_nodes))
    if changed.most_nodes < changed.nodes + changed.spot:
        changed = replace(changed, max_nodes=0)
    return checked_spec(changed)
