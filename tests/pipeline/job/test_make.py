from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import BatchffError, NotFoundError, UsageError
from batchff.events import Notice
from batchff.events.jobs import JobCreated
from batchff.model.items import ItemTask
from batchff.model.limits import JobLimits
from batchff.model.places import BlobPlace
from batchff.node.files import SCRIPT
from batchff.pipeline.job.lookup import facts_of, require_job, source_of
from batchff.pipeline.job.make import (
    JobPlan,
    arguments_key,
    create_job,
    existing_plan,
    find_job,
    list_input_set,
    named_input_set,
    was_done_before,
)
from batchff.pipeline.job.plan_blob import fetch_plan, plan_blob
from batchff.pipeline.names import input_blob, node_prefix
from batchff.pipeline.pool.make import ensure_pool
from tests.emulator.examples import task
from tests.emulator.running import wait_until
from tests.foreign import make_job
from tests.pipeline.planned import SPEC, items_of, plan_of
from tests.pipeline.recorder import Recorder
from tests.recipes import custom_recipe, preset_recipe


def made(plan: JobPlan, batch: Batch, storage: Storage) -> Recorder:
    recorder = Recorder()
    create_job(plan, items_of(plan.job, "a.mov", "b.mov"), batch, storage, recorder)
    return recorder


def test_a_job_has_its_plan_and_what_its_nodes_need_and_any_machine_reads_them(
    batch: Batch, storage: Storage
) -> None:
    plan = plan_of("make-tour", "a.mov", "b.mov", limits=JobLimits(retries=3, priority=7))
    ensure_pool("make-tour", SPEC, batch, Recorder())

    assert made(plan, batch, storage).events == [JobCreated("make-tour", "make-tour", True)]

    job = require_job("make-tour", batch)
    assert (job.priority, job.max_wall_clock) == (7, plan.limits.worst_case)
    assert facts_of(job).vm_size.lower() == SPEC.vm_size.lower()
    assert facts_of(job).slots == SPEC.slots
    again = existing_plan(job, facts_of(job), storage)
    told = replace(plan, presets=("mp3",), arguments=arguments_key(plan.recipes), ffmpeg="apt")
    assert again == told
    assert fetch_plan("make-tour", "batchff-output", storage) == items_of(
        "make-tour", "a.mov", "b.mov"
    )


def test_the_same_job_is_made_once_and_keeps_its_limits(batch: Batch, storage: Storage) -> None:
    plan = plan_of("make-twice", "a.mov", "b.mov")
    made(plan, batch, storage)
    longer = replace(plan, limits=JobLimits(task_timeout=timedelta(hours=48)))

    events = made(longer, batch, storage).events

    assert events[0] == JobCreated("make-twice", "make-twice", False)
    assert isinstance(events[1], Notice)
    assert "keeps the limits it was made with" in events[1].message
    assert facts_of(require_job("make-twice", batch)).limits == plan.limits


def test_a_job_whose_tasks_wait_for_others_lets_them(batch: Batch, storage: Storage) -> None:
    (item,) = items_of("make-graph", "a.mov")
    join = ItemTask("join", depends_on=(item.tasks[0].id,))
    items = (replace(item, tasks=(*item.tasks, join)),)
    create_job(plan_of("make-graph", "a.mov"), items, batch, storage, Recorder())
    assert require_job("make-graph", batch).uses_dependencies


def test_a_job_is_found_by_what_it_is_made_of(batch: Batch, storage: Storage) -> None:
    plan = plan_of("make-found", "a.mov", "b.mov")
    assert find_job(plan, batch) is None
    made(plan, batch, storage)
    found = find_job(plan, batch)
    assert found is not None and found.id == "make-found"
    for other in (
        replace(plan, inputs="others"),
        replace(plan, arguments=arguments_key((custom_recipe("-vn", ".mp3"),))),
        replace(plan, output_container="elsewhere"),
        replace(plan, source=BlobPlace("media", "in")),
        replace(plan, to=BlobPlace("results", "x")),
    ):
        with pytest.raises(BatchffError, match="there is another job 'make-found'") as raised:
            find_job(other, batch)
        assert raised.value.hint == "choose another name with --job"


def test_any_machine_knows_where_media_and_outputs_are_and_none_the_sas(
    batch: Batch, storage: Storage
) -> None:
    source = BlobPlace("media", "ä b", "https://other.blob.core.windows.net", "sig=secret")
    to = BlobPlace("make-results", "x/ü")
    plan = replace(
        plan_of("make-places", "a.mov"), source=source, to=to, input_set="", input_container=""
    )
    made(plan, batch, storage)

    job = require_job("make-places", batch)
    assert "secret" not in str(job.metadata)
    read = existing_plan(job, facts_of(job), storage)
    assert (read.source, read.to, read.outputs) == (source, to, plan.outputs)
    assert read.source is not None and read.source.sas == ""
    # Outputs are looked for by this also when the job is gone.
    facts = storage.blob_info(plan.output_container, plan_blob("make-places")).batchff
    assert facts is not None and facts.to == to.written
    assert [info.batchff for info in storage.containers() if info.name == to.container] == [True]
    assert source_of(job) == "https://other.blob.core.windows.net/media/%C3%A4%20b"


def test_a_container_that_others_made_stays_theirs(batch: Batch, storage: Storage) -> None:
    storage.ensure_container("make-theirs", {"owner": "studio"})
    made(replace(plan_of("make-to", "a.mov"), to=BlobPlace("make-theirs")), batch, storage)
    info = storage.container("make-theirs")
    assert info is not None
    assert (info.batchff, info.metadata) == (False, {"owner": "studio"})


def test_a_job_that_is_going_away_is_waited_for_by_the_user(batch: Batch, storage: Storage) -> None:
    plan = plan_of("make-going", "a.mov", "b.mov")
    made(plan, batch, storage)
    batch.jobs.terminate("make-going", "enough")
    wait_until(lambda: require_job("make-going", batch).state == "completed")
    assert find_job(plan, batch) is not None
    with pytest.raises(BatchffError, match="'make-going' has ended with 0 of 2 tasks"):
        was_done_before(plan, batch, Recorder())


def test_a_job_that_ended_with_all_its_tasks_was_done_before(
    service: BatchClient, batch: Batch
) -> None:
    plan = plan_of("make-done")
    batch.jobs.create(
        "make-done",
        "make-done",
        max_wall_clock=timedelta(hours=1),
        metadata=plan.facts().metadata(),
    )
    recorder = Recorder()
    assert not was_done_before(plan, batch, recorder)
    service.create_task("make-done", task("only"))
    service.terminate_task("make-done", "only")
    batch.jobs.end_after_tasks("make-done")
    wait_until(lambda: require_job("make-done", batch).state == "completed")
    assert was_done_before(plan, batch, recorder)
    (notice,) = recorder.of(Notice)
    assert notice.message == "job make-done was done before; its outputs are as they were"


def test_a_job_of_another_program_with_the_id_is_in_the_way(
    service: BatchClient, batch: Batch
) -> None:
    make_job(service, "make-theirs", "their-pool")
    with pytest.raises(BatchffError, match="there is another job 'make-theirs'"):
        find_job(plan_of("make-theirs", "a.mov"), batch)


@pytest.mark.parametrize("lost", ["recipes.json", "recipe-0.txt", "recipe-1.txt", SCRIPT])
def test_without_the_files_for_its_nodes_a_job_cant_be_continued(
    lost: str, batch: Batch, storage: Storage
) -> None:
    recipes = (preset_recipe("mp3"), preset_recipe("opus"))
    made(replace(plan_of("make-lost", "a.mov", "b.mov"), recipes=recipes), batch, storage)
    storage.delete_blob("batchff-output", node_prefix("make-lost") + lost)
    job = require_job("make-lost", batch)
    with pytest.raises(
        NotFoundError, match="the scripts of job 'make-lost' for its nodes are gone"
    ):
        existing_plan(job, facts_of(job), storage)


def test_an_input_set_is_listed_by_the_paths_of_its_files(storage: Storage) -> None:
    storage.ensure_container("listed", {})
    for name in ("b\\c.mov", "a/ü.mov"):
        storage.upload_bytes("listed", input_blob("set", name), b"media", {})
    storage.upload_bytes("listed", "set-2/a.mov", b"media", {})
    assert [blob.name for blob in list_input_set("set", "listed", storage)] == [
        "a/ü.mov",
        "b\\c.mov",
    ]
    with pytest.raises(NotFoundError, match="there is no input set 'gone'"):
        list_input_set("gone", "listed", storage)


def test_the_beginning_of_an_input_set_does_where_only_one_has_it(storage: Storage) -> None:
    storage.ensure_container("begun", {})
    for name in ("tour", "tour-2", "live-1"):
        storage.upload_bytes("begun", f"{name}/a.mov", b"media", {})
        storage.upload_bytes("begun", f"{name}/b/c.mov", b"media", {})
    assert named_input_set("tour", "begun", storage) == "tour"
    assert named_input_set("l", "begun", storage) == "live-1"
    assert named_input_set("gone", "begun", storage) == "gone"
    assert named_input_set("tour", "no-such-container", storage) == "tour"
    with pytest.raises(UsageError, match="input set 'to' could be tour, tour-2"):
        named_input_set("to", "begun", storage)
