"""What a retry plans; that it then works is in test_run.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import BatchClient, models

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, InputError, NotFoundError
from batchff.pipeline.job.feed import add_all
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.make import create_job
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.retry.plan import Retry, plan_retry
from tests.emulator.running import wait_until
from tests.foreign import make_job
from tests.pipeline.planned import SPEC, items_of, plan_of
from tests.pipeline.recorder import Recorder

NAMES = ("a.mov", "b.mov")


def waiting_job(job: str, batch: Batch, storage: Storage) -> None:
    """Make a job whose tasks wait: its pool doesn't exist."""
    storage.ensure_container("batchff-input", {})
    items = items_of(job, *NAMES)
    for item in items:
        storage.upload_bytes("batchff-input", item.input_blob, b"x", {})
    create_job(plan_of(job, *NAMES), items, batch, storage, Recorder())
    add_all(plan_of(job, *NAMES), items, batch, storage, Recorder())


def stop(job: str, batch: Batch) -> None:
    batch.jobs.terminate(job, "enough")
    wait_until(lambda: require_job(job, batch).state == "completed")


def planned(job: str, batch: Batch, storage: Storage) -> Retry:
    return plan_retry(job, batch, storage, datetime.now(UTC))


def test_what_never_ran_in_a_job_that_ended_moves_to_another(
    batch: Batch, storage: Storage
) -> None:
    waiting_job("plan-ended", batch, storage)
    stop("plan-ended", batch)

    retry = planned("PLAN-ended", batch, storage)

    assert retry.files == NAMES
    assert retry.new_job == "plan-ended-retry"
    assert retry.moved == {task.id for item in retry.items for task in item.tasks}
    assert (retry.reactivated, retry.waiting, retry.jobs) == ((), (), ("plan-ended",))
    assert (retry.plan.first_job, retry.plan.counts.files) == ("plan-ended", 2)


def test_what_still_waits_in_a_job_that_has_lost_its_pool_leaves_it(
    batch: Batch, storage: Storage
) -> None:
    waiting_job("plan-poolless", batch, storage)
    retry = planned("plan-poolless", batch, storage)
    assert {(place.job, place.task) for place in retry.waiting} == {
        ("plan-poolless", task) for task in retry.moved
    }
    assert len(retry.moved) == 2


def test_what_will_still_run_is_left_alone(batch: Batch, storage: Storage) -> None:
    ensure_pool("plan-goes-on", SPEC, batch, Recorder())
    plan = plan_of("plan-goes-on", *NAMES)
    create_job(plan, items_of("plan-goes-on", *NAMES), batch, storage, Recorder())
    retry = planned("plan-goes-on", batch, storage)
    assert (retry.items, retry.moved, retry.reactivated, retry.waiting) == ((), frozenset(), (), ())


def test_limits_can_be_changed_for_what_moves(batch: Batch, storage: Storage) -> None:
    waiting_job("plan-longer", batch, storage)
    stop("plan-longer", batch)
    longer = timedelta(hours=99)
    retry = plan_retry(
        *("plan-longer", batch, storage, datetime.now(UTC)),
        lambda limits: replace(limits, task_timeout=longer),
    )
    assert retry.plan.limits.task_timeout == longer


def test_inputs_that_are_gone_are_reported_by_name_before_anything_is_made(
    batch: Batch, storage: Storage
) -> None:
    waiting_job("plan-lost", batch, storage)
    stop("plan-lost", batch)
    storage.delete_blob("batchff-input", "plan-lost/b.mov")
    with pytest.raises(InputError, match="1 of 2 inputs are gone .*: 'b.mov'") as raised:
        planned("plan-lost", batch, storage)
    assert raised.value.hint == "submit these files as a new job"


def test_only_a_job_that_batchff_made_can_be_retried(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_job(service, "plan-theirs", "their-pool", "true")
    with pytest.raises(NotFoundError, match="wasn't made by batchff"):
        planned("plan-theirs", batch, storage)


def test_a_job_that_is_disabled_is_left_to_who_did_it(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    waiting_job("plan-disabled", batch, storage)
    options = models.BatchJobDisableOptions(disable_tasks="requeue")
    service.begin_disable_job("plan-disabled", options, polling_interval=0).wait()
    with pytest.raises(BatchffError, match="job 'plan-disabled' is disabled") as raised:
        planned("plan-disabled", batch, storage)
    assert raised.value.hint == "wait until it's active, or end it"
