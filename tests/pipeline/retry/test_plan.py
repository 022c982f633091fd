"""What a retry plans; that it then works is in test_run.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import generate_container_sas

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.emulator.launch import Connection
from batchff.errors import BatchffError, InputError, NotFoundError, UsageError
from batchff.model.places import BlobPlace
from batchff.pipeline.job.feed import add_all
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.make import create_job
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.pool.make import ensure_pool
from batchff.pipeline.retry.plan import Retry, plan_retry
from tests.emulator.running import wait_until
from tests.foreign import make_job
from tests.pipeline.planned import RECIPES, SPEC, items_of, plan_of
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


def job_of_media(job: str, source: BlobPlace, batch: Batch, storage: Storage) -> None:
    """Make a job, ended by now, of media that is in storage already."""
    items = plan_items(
        [InputFile(name, 1) for name in NAMES],
        input_set="",
        job=job,
        recipes=RECIPES,
        read_below="in/",
    )
    plan = replace(plan_of(job, *NAMES), source=source, input_set="", input_container="")
    create_job(plan, items, batch, storage, Recorder())
    add_all(plan, items, batch, storage, Recorder())
    stop(job, batch)


def put_media(container: str, storage: Storage, *names: str) -> None:
    storage.ensure_container(container, {})
    for name in names:
        storage.upload_bytes(container, f"in/{name}", b"xx", {})


def test_media_in_the_profiles_account_is_found_where_it_is(batch: Batch, storage: Storage) -> None:
    source = BlobPlace("plan-media", "in")
    put_media("plan-media", storage, *NAMES)
    job_of_media("plan-stored", source, batch, storage)
    retry = planned("plan-stored", batch, storage)
    assert [(item.input_blob, item.size) for item in retry.items] == [
        ("in/a.mov", 2),
        ("in/b.mov", 2),
    ]
    assert retry.plan.source == source
    storage.delete_blob("plan-media", "in/b.mov")
    with pytest.raises(InputError, match="1 of 2 inputs are gone from container 'plan-media'"):
        planned("plan-stored", batch, storage)
    with pytest.raises(UsageError, match="needs no SAS"):
        plan_retry("plan-stored", batch, storage, datetime.now(UTC), given=source)


def sas_of(container: str, connection: Connection) -> str:
    return generate_container_sas(
        connection.storage_account,
        container,
        account_key=connection.storage_key,
        permission="rl",
        expiry=datetime.now(UTC) + timedelta(days=1),
    )


def test_media_that_a_sas_opened_needs_one_again(
    emulator: Connection, batch: Batch, storage: Storage
) -> None:
    place = BlobPlace("plan-opened", "in", storage.endpoint, sas_of("plan-opened", emulator))
    put_media("plan-opened", storage, *NAMES)
    job_of_media("plan-sas", place, batch, storage)

    with pytest.raises(UsageError, match="batchff keeps no SAS") as raised:
        planned("plan-sas", batch, storage)
    assert "batchff job retry plan-sas --input 'URL'" in raised.value.hint
    for other in (replace(place, prefix="other"), replace(place, endpoint="https://other.net")):
        with pytest.raises(UsageError, match=f"reads its media at {storage.endpoint}") as raised:
            plan_retry("plan-sas", batch, storage, datetime.now(UTC), given=other)
        assert "sig=" not in f"{raised.value.message} {raised.value.hint}"
    # A SAS of the whole container will do, too.
    for given in (place, replace(place, prefix="")):
        retry = plan_retry("plan-sas", batch, storage, datetime.now(UTC), given=given)
        assert (retry.files, len(retry.moved)) == (NAMES, 2)
        assert retry.plan.source is not None and retry.plan.source.sas == place.sas


def test_where_nothing_is_to_run_no_sas_is_needed(batch: Batch, storage: Storage) -> None:
    ensure_pool("plan-needs-none", SPEC, batch, Recorder())
    place = BlobPlace("media", "in", "https://other.blob.core.windows.net")
    plan = replace(plan_of("plan-needs-none", *NAMES), source=place)
    create_job(plan, items_of("plan-needs-none", *NAMES), batch, storage, Recorder())
    assert planned("plan-needs-none", batch, storage).items == ()
