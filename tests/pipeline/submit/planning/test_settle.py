from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError
from batchff.model.items import Item, count_items
from batchff.model.places import BlobPlace
from batchff.pipeline.job.make import JobPlan, create_job
from batchff.pipeline.names import media_prefix
from batchff.pipeline.submit.planning.contents import contents_as_planned
from batchff.pipeline.submit.planning.settle import Settled, settle
from tests.emulator.running import wait_until
from tests.pipeline.done_jobs import leave_done, with_content
from tests.pipeline.planned import items_of, plan_of
from tests.pipeline.recorder import Recorder


def planned(*names: str, name: str = "") -> tuple[JobPlan, tuple[Item, ...]]:
    """A plan for files of these names, whose job and input set no other test has."""
    name = name or f"settle{uuid4().hex[:12]}"
    items = with_content(items_of(name, *names))
    plan = replace(plan_of(name, *names, pool="no-pool"), ffmpeg="9", counts=count_items(items))
    return plan, items


def settled(
    plan: JobPlan, items: tuple[Item, ...], batch: Batch, storage: Storage, *, again: bool = False
) -> Settled:
    return settle(plan, items, contents_as_planned, batch, storage, again=again)


def end(job: str, batch: Batch) -> None:
    batch.jobs.terminate(job, "Test")
    wait_until(lambda: (status := batch.jobs.get(job)) and status.state == "completed")


def folder_of(items: tuple[Item, ...]) -> set[str]:
    return {output.blob.partition("/")[0] for item in items for output in item.outputs}


def test_a_job_that_doesnt_exist_is_for_what_no_other_has_done(
    batch: Batch, storage: Storage
) -> None:
    first, items = planned("a.mov")
    leave_done(first, items, storage)
    plan, items = planned("a.mov", "b.mov", name=f"{first.job}-2")
    plan = replace(plan, input_set=first.input_set)

    found = settled(plan, items, batch, storage)

    assert (found.plan.job, found.earlier.jobs) == (plan.job, (first.job,))
    counts = found.plan.counts
    assert (counts.files, counts.tasks, counts.outputs) == (1, 1, 1)
    assert (counts.done, counts.done_outputs) == (1, 1)
    assert found.items[0].outputs[0].blob == f"{media_prefix(first.job)}a.mp3"

    everything = settled(plan, items, batch, storage, again=True)
    assert (everything.plan.counts, everything.items) == (plan.counts, items)


def test_a_job_that_goes_on_is_as_it_was_planned_whatever_is_done_meanwhile(
    batch: Batch, storage: Storage
) -> None:
    first, done = planned("a.mov")
    leave_done(first, done, storage)
    plan, items = planned("a.mov", "b.mov", "c.mov", name=f"{first.job}-2")
    plan = replace(plan, input_set=first.input_set)
    made = settled(plan, items, batch, storage)
    create_job(made.plan, made.items, batch, storage, Recorder())
    other = replace(first, job=f"{first.job}-3")
    leave_done(other, with_content(items_of(other.job, "b.mov")), storage)

    found = settled(plan, items, batch, storage)

    assert found.plan.counts == made.plan.counts
    without = tuple(replace(item, content="") for item in made.items)
    assert found.items == without


def test_a_job_of_all_files_goes_on_as_it_is_even_if_they_are_asked_for_again(
    batch: Batch, storage: Storage
) -> None:
    plan, items = planned("a.mov", "b.mov")
    create_job(plan, items, batch, storage, Recorder())
    for again in (False, True):
        found = settled(plan, items, batch, storage, again=again)
        assert (found.plan, found.items) == (plan, items)


def test_a_job_that_has_ended_stays_and_another_makes_what_is_gone_or_asked_for(
    batch: Batch, storage: Storage
) -> None:
    plan, items = planned("a.mov", "b.mov")
    create_job(plan, items, batch, storage, Recorder())
    leave_done(plan, items, storage)
    end(plan.job, batch)
    assert settled(plan, items, batch, storage).plan == plan

    again = settled(plan, items, batch, storage, again=True)
    assert (again.plan.job, again.plan.counts) == (f"{plan.job}-again", plan.counts)
    assert folder_of(again.items) == {f"{plan.job}-again"}

    storage.delete_blob(plan.output_container, items[0].outputs[0].blob)
    gone = settled(plan, items, batch, storage)
    assert (gone.plan.job, gone.plan.counts.tasks) == (f"{plan.job}-again", 1)
    assert folder_of(gone.items) == {plan.job, f"{plan.job}-again"}

    create_job(gone.plan, gone.items, batch, storage, Recorder())
    assert settled(plan, items, batch, storage).plan.job == f"{plan.job}-again"
    # That one doesn't make all.
    assert settled(plan, items, batch, storage, again=True).plan.job == f"{plan.job}-again-2"


def test_what_failed_in_a_job_that_has_ended_isnt_made_by_the_same_command(
    batch: Batch, storage: Storage
) -> None:
    plan, items = planned("a.mov", "b.mov")
    create_job(plan, items, batch, storage, Recorder())
    leave_done(plan, items[:1], storage)
    end(plan.job, batch)
    assert settled(plan, items, batch, storage).plan == plan


def test_outputs_at_a_place_of_the_users_arent_looked_for(batch: Batch, storage: Storage) -> None:
    first, items = planned("a.mov")
    leave_done(first, items, storage)
    plan = replace(first, job=f"{first.job}-to", to=BlobPlace("results"))
    found = settled(plan, items, batch, storage)
    assert (found.plan.counts.tasks, found.items) == (1, items)


def test_an_id_that_another_job_has_is_refused(batch: Batch, storage: Storage) -> None:
    plan, items = planned("a.mov")
    create_job(plan, items, batch, storage, Recorder())
    with pytest.raises(BatchffError, match="there is another job"):
        settled(replace(plan, inputs="others"), items, batch, storage)
