"""Pools that are given back, where their jobs end with an error of any kind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.emulator.launch import Connection
from batchff.errors import (
    InterruptedByUser,
    PoolError,
    ServiceError,
    TimedOutError,
    UnreachableError,
)
from batchff.events import Notice, Warned
from batchff.events.cleanup import Removed
from batchff.model.pools import PoolSpec
from batchff.pipeline.pool.autoscale import EVALUATION_INTERVAL
from batchff.pipeline.pool.end import PoolEnd, PoolUse, end_unless_needed, no_idle_nodes
from batchff.pipeline.pool.make import ensure_pool
from tests.emulator.running import wait_until
from tests.pipeline.recorder import Recorder

SPEC = PoolSpec("Standard_D4s_v5", 1, 0, 1, "auto")


@pytest.fixture(params=["feeding", "watching"])
def feeds(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "feeding")


def made(name: str, batch: Batch, for_job: str = "") -> str:
    """Make a pool that has its nodes, or is about to have them."""
    ensure_pool(name, SPEC, batch, Recorder(), for_job=for_job)
    wait_until(lambda: _target(name, batch) == 1)
    return name


def _target(pool: str, batch: Batch) -> int | None:
    status = batch.pools.get(pool)
    return None if status is None or status.state == "deleting" else status.target_nodes


def ended(use: PoolUse, batch: Batch, error: BaseException) -> Recorder:
    reporter = Recorder()
    with pytest.raises(type(error)), no_idle_nodes(use, batch, reporter):
        raise error
    return reporter


def test_a_pool_goes_on_after_what_the_job_outlives(batch: Batch, feeds: bool) -> None:
    pool = made(f"end-outlived-{feeds}", batch, f"outlived-{feeds}")
    job = f"outlived-{feeds}"
    batch.jobs.create(job, pool, max_wall_clock=timedelta(hours=1), metadata={})
    use = PoolUse(job, pool, feeds=feeds)
    errors: list[BaseException] = [UnreachableError("no answer"), TimedOutError("too long")]
    if not feeds:  # somebody else may add its tasks
        errors += [KeyboardInterrupt(), InterruptedByUser("stopped"), ServiceError("busy")]

    for error in errors:
        assert ended(use, batch, error).events == []

    assert _target(pool, batch) == 1


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ServiceError("busy"), ValueError("a defect")], ids=repr
)
def test_a_pool_is_removed_whose_job_was_not_made(batch: Batch, error: BaseException) -> None:
    pool = made(f"end-{type(error).__name__}", batch, "never-made")

    reporter = ended(PoolUse("never-made", pool, feeds=True), batch, error)

    assert [event.name for event in reporter.of(Removed)] == [pool]
    assert _target(pool, batch) is None


def test_a_pool_of_another_job_is_taken_to_no_nodes_and_goes_on_when_tasks_come(
    batch: Batch,
) -> None:
    pool = made("end-others", batch, "the-first")

    reporter = ended(PoolUse("never-made", pool, feeds=True), batch, ServiceError("busy"))

    assert [event.message for event in reporter.of(Notice)] == [
        f"pool {pool} stays, and its nodes are removed"
    ]
    wait_until(lambda: _target(pool, batch) == 0)
    again = ended(PoolUse("never-made", pool, feeds=True), batch, ServiceError("busy"))
    assert again.events == [], "it has none already"


def test_a_retrys_pool_is_that_of_the_job_it_retries(batch: Batch) -> None:
    pool = made("end-retried", batch, "the-first")
    use = PoolUse("the-first-retry", pool, "the-first")

    assert end_unless_needed(use, batch, Recorder(), broken=True) is PoolEnd.REMOVED


def test_a_pool_that_can_not_be_changed_now_is_told(batch: Batch) -> None:
    pool = made("end-busy", batch)
    use = PoolUse("never-made", pool, feeds=True)
    wait_until(lambda: batch.pools.scale(pool, "$TargetDedicatedNodes = 1;", EVALUATION_INTERVAL))

    reporter = Recorder()
    became = end_unless_needed(use, batch, reporter, patience=0)

    assert became is PoolEnd.AS_IT_WAS
    (told,) = reporter.of(Warned)
    assert told.message.startswith(f"pool {pool} can't be changed now, and may have nodes")


def test_a_pool_that_was_emptied_a_moment_ago_is_waited_for(batch: Batch) -> None:
    pool = made("end-again", batch)
    use = PoolUse("", pool)
    assert end_unless_needed(use, batch, Recorder(), broken=True) is PoolEnd.EMPTIED
    wait_until(lambda: _target(pool, batch) == 0)
    waits: list[float] = []

    ensure_pool(pool, SPEC, batch, Recorder(), pause=waits.append)

    assert waits, "else the job that comes would have no nodes"


def test_what_fails_while_a_pool_is_ended_does_not_hide_why(emulator: Connection) -> None:
    stranger = AzureNamedKeyCredential(emulator.batch_account, "bm8ga2V5")
    reporter = Recorder()

    with (
        pytest.raises(PoolError, match="no nodes") as raised,
        no_idle_nodes(PoolUse("fails", "any"), Batch(emulator.batch_endpoint, stranger), reporter),
    ):
        raise PoolError("no nodes", hint="ask somebody")

    assert raised.value.hint == "ask somebody"
    (told,) = reporter.of(Warned)
    assert told.message.startswith("pool any may still have nodes, which cost: ")
