from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError, PoolError
from batchff.events import Notice, Warned
from batchff.events.pools import PoolReady
from batchff.model.pool_facts import PoolFacts
from batchff.model.pools import PoolStatus
from batchff.pipeline.job.make import create_job
from batchff.pipeline.node_ffmpeg.equip import Supply
from batchff.pipeline.pool.make import (
    choose_pool,
    ensure_pool,
    refuse_if_going,
    require_pool,
    require_same_spec,
    use_as_is,
)
from batchff.pipeline.pool.spec import pool_name
from tests.foreign import make_pool
from tests.pipeline.planned import SPEC, items_of, plan_of
from tests.pipeline.recorder import Recorder

LARGER = replace(SPEC, nodes=2)
OTHER_SIZE = replace(SPEC, vm_size="Standard_D8s_v5")


def pool(name: str, batch: Batch) -> PoolStatus:
    status = batch.pools.get(name)
    assert status is not None
    return status


def test_a_job_has_a_pool_of_its_own_unless_another_is_kept_named_or_there(
    batch: Batch, storage: Storage
) -> None:
    assert choose_pool("tour", SPEC, batch, keep=False) == "tour"
    assert choose_pool("tour", SPEC, batch, keep=True) == pool_name(SPEC)
    assert choose_pool("tour", SPEC, batch, keep=False, named="large") == "large"

    ensure_pool(pool_name(SPEC), SPEC, batch, Recorder())
    assert choose_pool("tour", SPEC, batch, keep=False) == pool_name(SPEC)

    plan = plan_of("tour", "a.mov", pool="its-pool")
    create_job(plan, items_of("tour", "a.mov"), batch, storage, Recorder())
    assert choose_pool("tour", SPEC, batch, keep=False) == "its-pool"
    assert choose_pool("tour", SPEC, batch, keep=False, named="ITS-POOL") == "its-pool"
    with pytest.raises(PoolError, match="goes on in pool 'its-pool', not in 'large'"):
        choose_pool("tour", SPEC, batch, keep=False, named="large")


def test_a_pool_is_made_once_with_what_it_is_for(batch: Batch) -> None:
    recorder = Recorder()
    assert ensure_pool("make-once", SPEC, batch, recorder, for_job="tour")
    assert not ensure_pool("make-once", SPEC, batch, recorder)
    ready = [PoolReady("make-once", True), PoolReady("make-once", False)]
    assert recorder.of(PoolReady) == ready
    made = pool("make-once", batch)
    assert made.batchff == PoolFacts(SPEC, "tour")
    assert made.autoscaled


def test_an_existing_pool_gets_other_counts_and_keeps_what_it_is_for(batch: Batch) -> None:
    recorder = Recorder()
    ensure_pool("make-larger", SPEC, batch, Recorder(), for_job="tour")
    spec = require_same_spec("make-larger", LARGER, batch)
    ensure_pool("make-larger", spec, batch, recorder)
    (notice,) = recorder.of(Notice)
    assert notice.message == "pool make-larger now has --nodes 2 instead of 1"
    assert pool("make-larger", batch).batchff == PoolFacts(LARGER, "tour")


def test_a_pool_that_differs_in_more_than_counts_isnt_the_same(batch: Batch) -> None:
    assert require_same_spec("make-same", SPEC, batch) == SPEC
    ensure_pool("make-same", SPEC, batch, Recorder())
    assert require_same_spec("make-same", LARGER, batch) == LARGER
    with pytest.raises(PoolError) as raised:
        require_same_spec("make-same", OTHER_SIZE, batch)
    assert raised.value.message == (
        "pool 'make-same' exists with --vm-size Standard_D2s_v5 instead of Standard_D8s_v5"
    )
    assert raised.value.hint.endswith("batchff pool delete make-same")


def test_a_pool_is_used_as_it_is_but_for_what_the_user_asked(batch: Batch) -> None:
    reporter = Recorder()
    assert use_as_is("make-used", SPEC, batch, reporter, asked={"vm_size"}) == SPEC
    ensure_pool("make-used", SPEC, batch, Recorder())
    other = replace(OTHER_SIZE, nodes=3)
    assert use_as_is("make-used", other, batch, reporter, asked=()) == SPEC
    changed = use_as_is("make-used", other, batch, reporter, asked={"nodes"})
    assert changed == replace(SPEC, nodes=3)
    with pytest.raises(PoolError) as raised:
        use_as_is("make-used", other, batch, reporter, asked={"vm_size"}, instead="go home")
    assert raised.value.hint == "leave that out to use it as it is, or go home"
    assert reporter.events == []


def test_a_pool_of_another_program_is_used_with_a_warning_and_never_taken_for_the_same(
    service: BatchClient, batch: Batch
) -> None:
    make_pool(service, "theirs", nodes=0)
    reporter = Recorder()
    asked = replace(OTHER_SIZE, ffmpeg="bundled", ffmpeg_version="9.0.2")
    known = replace(OTHER_SIZE, vm_size="standard_d2s_v5", ffmpeg="image")
    assert use_as_is("theirs", asked, batch, reporter, asked=()) == known
    assert reporter.events == []
    assert use_as_is("theirs", asked, batch, reporter, asked={"slots"}) == known
    assert reporter.events == [Warned("pool 'theirs' isn't batchff's: it is used as it is")]
    with pytest.raises(PoolError, match="there is a pool 'theirs' that batchff didn't make"):
        require_same_spec("theirs", OTHER_SIZE, batch)
    assert not ensure_pool("theirs", OTHER_SIZE, batch, reporter)
    assert pool("theirs", batch).target_nodes == 0


def test_a_pool_that_is_going_or_gone_is_no_pool(batch: Batch, storage: Storage) -> None:
    supply = Supply(storage, "programs", timedelta(days=5))
    refuse_if_going(None)
    with pytest.raises(NotFoundError, match="there is no pool 'gone'"):
        require_pool("gone", batch, supply, Recorder())
    ensure_pool("make-going", SPEC, batch, Recorder())
    require_pool("make-going", batch, supply, Recorder())
    status = replace(pool("make-going", batch), state="deleting")
    with pytest.raises(PoolError, match="pool 'make-going' is being deleted"):
        refuse_if_going(status)
