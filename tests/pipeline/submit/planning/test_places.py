from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import InputError, UsageError
from batchff.model.items import Item
from batchff.model.places import BlobPlace
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.make import JobPlan, create_job
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.submit.planning.places import check_places
from tests.emulator.running import wait_until
from tests.pipeline.planned import RECIPES, plan_of
from tests.pipeline.recorder import Recorder

NOW = datetime.now(UTC)
WORST = timedelta(days=5)


def given(life: timedelta) -> BlobPlace:
    """Media of another account, with a SAS that's good for so long."""
    ends = f"{NOW + life:%Y-%m-%dT%H:%M:%SZ}"
    sas = f"sv=2021-12-02&sr=c&sp=rl&se={ends}&sig=secret"
    return BlobPlace("media", "in", "https://other.blob.core.windows.net", sas)


def items_at(to: BlobPlace | None, job: str) -> tuple[Item, ...]:
    below = to.below if to else None
    return plan_items(
        [InputFile("a.mov", 1)],
        input_set="",
        job=job,
        recipes=RECIPES,
        read_below="in/",
        write_below=below,
    )


def check(plan: JobPlan, batch: Batch, storage: Storage, *, overwrite: bool = False) -> None:
    items = items_at(plan.to, plan.job)
    check_places(plan, items, batch, storage, NOW, overwrite=overwrite)


def make(plan: JobPlan, batch: Batch, storage: Storage) -> None:
    create_job(plan, items_at(plan.to, plan.job), batch, storage, Recorder())


def test_a_sas_that_ends_before_the_job_can_is_refused(batch: Batch, storage: Storage) -> None:
    plan = plan_of("places-sas", "a.mov")
    check(replace(plan, source=given(WORST + timedelta(minutes=1))), batch, storage)
    with pytest.raises(UsageError, match="the SAS of its media ends at") as raised:
        check(replace(plan, source=given(WORST - timedelta(minutes=1))), batch, storage)
    assert "secret" not in raised.value.message
    shorter = replace(plan.limits, queue_time=timedelta(hours=1))
    brief = replace(plan, source=given(WORST - timedelta(minutes=1)), limits=shorter)
    check(brief, batch, storage)


def test_a_job_that_goes_on_needs_its_sas_until_its_own_end_and_one_that_is_done_none(
    batch: Batch, storage: Storage
) -> None:
    source = given(timedelta(hours=1))
    brief = replace(plan_of("x", "a.mov").limits, queue_time=timedelta(minutes=1))
    brief = replace(brief, task_timeout=timedelta(minutes=1))
    plan = replace(plan_of("places-goes-on", "a.mov"), source=source, limits=brief)
    make(plan, batch, storage)
    # It keeps the limits that it was made with.
    check(replace(plan, limits=plan_of("x", "a.mov").limits), batch, storage)

    long = replace(plan, job="places-done", limits=plan_of("x", "a.mov").limits)
    make(long, batch, storage)
    with pytest.raises(UsageError, match="the SAS of its media ends at"):
        check(long, batch, storage)
    batch.jobs.terminate("places-done", "enough")
    wait_until(lambda: require_job("places-done", batch).state == "completed")
    check(long, batch, storage)


def test_others_blobs_are_replaced_only_if_the_user_says_so(batch: Batch, storage: Storage) -> None:
    to = BlobPlace("places-results", "x")
    plan = replace(plan_of("places-to", "a.mov"), to=to)
    check(plan, batch, storage)
    storage.ensure_container(to.container, {})
    storage.upload_bytes(to.container, "x/a.mp3", b"theirs", {})
    with pytest.raises(InputError, match="1 blob in container 'places-results'"):
        check(plan, batch, storage)
    check(plan, batch, storage, overwrite=True)
    # Once the job is there, that has been asked for.
    make(plan, batch, storage)
    check(plan, batch, storage)


def test_where_the_user_names_no_place_no_service_is_asked(batch: Batch) -> None:
    nowhere = Storage("https://storage.invalid", "none", key="a2V5")
    check(plan_of("places-none", "a.mov"), batch, nowhere)
    own = replace(plan_of("places-none", "a.mov"), source=BlobPlace("media", "in"))
    check(own, batch, nowhere)
