from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchff.model.items import ItemCounts
from batchff.model.job_facts import JobFacts
from batchff.model.jobs import JobStatus
from batchff.model.limits import JobLimits
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import PoolSpec, PoolStatus
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.submit.planning.estimate import (
    IDLE_AT_THE_END,
    CostBound,
    Existing,
    bound_cost,
)
from batchff.profile import Prices
from tests.recipes import preset_recipe

SIZE = "Standard_D4s_v5"
PRICES = Prices("EUR", dedicated={SIZE.lower(): 0.25}, spot={SIZE.lower(): 0.0625})
LIMITS = JobLimits(task_timeout=timedelta(hours=2), retries=1, queue_time=timedelta(hours=8))
MADE = datetime(2026, 11, 23, tzinfo=UTC)
POOL = PoolStatus("p", "active", "steady", SIZE, 4, 4, True, (), {}, spot_nodes=4)
SUBMIT = JobPlan(
    job="job",
    pool="pool",
    input_set="set",
    input_container="in",
    output_container="out",
    recipes=(preset_recipe(),),
    counts=ItemCounts(3, 3, 3),
    inputs="",
    limits=LIMITS,
)


def pool_of(nodes: int, spot: int = 0, *, slots: int = 1, fallback: bool = False) -> PoolSpec:
    return PoolSpec(SIZE, nodes, spot, slots, "auto", fallback=fallback)


def bound(spec: PoolSpec, prices: Prices = PRICES, existing: Existing | None = None) -> CostBound:
    return bound_cost(SUBMIT, spec, existing or Existing(), prices)


def most(spec: PoolSpec, longest: timedelta) -> CostBound:
    hours = (longest + IDLE_AT_THE_END) / timedelta(hours=1)
    hourly = spec.nodes * 0.25 + spec.spot * 0.0625
    return CostBound(hourly, longest + IDLE_AT_THE_END, hourly * hours)


def test_nodes_cost_for_as_long_as_all_tasks_can_run_one_after_another() -> None:
    # 3 tasks of at most 2 × 2 hours, on 2 nodes.
    assert bound(pool_of(2)) == most(pool_of(2), 2 * LIMITS.running_time)
    assert bound(pool_of(2, slots=2)) == most(pool_of(2), LIMITS.running_time)


def test_no_job_outlives_its_own_limit() -> None:
    # 12 hours: 8 of them in the queue.
    assert bound(pool_of(1)) == most(pool_of(1), LIMITS.worst_case)


def test_work_on_spot_nodes_may_start_again_and_again_until_the_jobs_end() -> None:
    assert bound(pool_of(0, 4)) == most(pool_of(0, 4), LIMITS.worst_case)


def test_where_dedicated_nodes_take_over_all_may_be_dedicated() -> None:
    assert bound(pool_of(0, 4, fallback=True)).hourly == 4 * 0.25


def test_a_price_that_is_missing_leaves_the_most_unknown() -> None:
    dedicated_only = Prices("EUR", dedicated=PRICES.dedicated)
    unknown = bound(pool_of(1, 2, fallback=True), dedicated_only)
    assert (unknown.hourly, unknown.most) == (None, None)
    assert unknown.missing_prices == (f"spot_prices.{SIZE}",)


def test_a_job_that_was_done_before_costs_nothing() -> None:
    done = JobStatus("job", "completed", "pool", {}, MADE, batchff=JobFacts())
    assert bound(pool_of(4), existing=Existing(done, tasks=3)).most == 0


@pytest.mark.parametrize("autoscaled", [False, True])
def test_of_somebodys_pool_only_the_hour_is_known(autoscaled: bool) -> None:
    facts = None if autoscaled else PoolFacts()
    theirs = replace(POOL, autoscaled=autoscaled, batchff=facts)
    assert bound(pool_of(1), existing=Existing(pool=theirs)) == CostBound(0.25, None, None)


def test_the_emulator_costs_nothing() -> None:
    assert bound(pool_of(8), Prices(free=True)).most == 0
