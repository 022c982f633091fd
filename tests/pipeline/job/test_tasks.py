from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from batchff.cloud.storage import Storage
from batchff.model.blob_facts import BlobFacts, read_blob_facts
from batchff.model.items import ItemTask, NodeFile, Side, Work
from batchff.model.limits import SAS_MARGIN, JobLimits
from batchff.model.places import BlobPlace
from batchff.model.tasks import TaskSpec
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.job.tasks import TaskMaker
from tests.pipeline.planned import items_of, plan_of

NAME = "a/it's $(true) 1.MOV"
CREATED = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = JobLimits(task_timeout=timedelta(hours=2), retries=1, queue_time=timedelta(hours=8))
STORAGE = Storage("https://studio.blob.core.windows.net", "studio", key="c3R1ZGlv")


def task_of(plan: JobPlan, task: ItemTask | None = None) -> TaskSpec:
    (item,) = items_of("tour", NAME)
    return TaskMaker(plan, STORAGE, LIMITS, CREATED).task(item, task or item.tasks[0])


def test_a_users_path_is_a_blobs_name_and_never_in_a_command_line() -> None:
    task = task_of(plan_of("tour", NAME))
    assert task.name == NAME
    assert task.command_line == "sh encode.sh input.mov 1"
    paths = [file.path for file in task.resource_files]
    assert paths == ["input.mov", "encode.sh", "recipe.txt"]
    assert "tour/a/it%27s%20%24%28true%29%201.MOV?" in task.resource_files[0].url


def test_outputs_are_sent_by_a_task_that_succeeded_and_logs_by_any() -> None:
    task = task_of(plan_of("tour", NAME))
    sent = {file.blob: file.condition for file in task.output_files}
    logs = f"tour/logs/{task.id}"
    assert sent == {
        "tour/media/a/it's $(true) 1.mp3": "tasksuccess",
        f"{logs}/stderr.txt": "taskcompletion",
        f"{logs}/stdout.txt": "taskcompletion",
        f"{logs}/progress.txt": "taskcompletion",
        # Patterns: their files are sent under this name.
        logs: "taskcompletion",
        f"tour/told/{task.id}": "tasksuccess",
    }


def test_a_node_is_told_to_salvage_where_that_is_asked_for() -> None:
    plan = plan_of("tour", NAME)
    salvaging = replace(plan, recipes=tuple(replace(each, salvage=True) for each in plan.recipes))

    assert task_of(salvaging).command_line.startswith("sh encode.sh -salvage input")
    assert task_of(plan).command_line.startswith("sh encode.sh input")


def test_limits_are_the_jobs_own_and_no_sas_ends_before_the_job_can() -> None:
    task = task_of(plan_of("tour", NAME))
    assert (task.time_limit, task.retries) == (timedelta(hours=2), 1)
    end = CREATED + LIMITS.worst_case + SAS_MARGIN
    expiry = f"se={end:%Y-%m-%dT%H%%3A%M%%3A%SZ}"
    urls = [file.url for file in task.resource_files]
    urls += [file.container_url for file in task.output_files]
    assert all(expiry in url for url in urls)


def test_only_its_own_input_can_be_read_with_a_tasks_sas() -> None:
    task = task_of(plan_of("tour", NAME))
    for file in task.resource_files:
        assert "sr=b&sp=r&" in file.url
    for output in task.output_files:
        assert "sr=c&sp=cw&" in output.container_url


def test_a_pool_with_an_identity_needs_no_sas() -> None:
    task = task_of(replace(plan_of("tour", NAME), identity="/an/identity"))
    assert all(file.identity == "/an/identity" for file in task.resource_files)
    assert all(file.identity == "/an/identity" for file in task.output_files)
    assert "sig=" not in str([file.url for file in task.resource_files])
    assert task.output_files[0].container_url == f"{STORAGE.url('batchff-output')}"


def test_media_in_the_profiles_account_is_read_where_it_is() -> None:
    (item,) = items_of("tour", NAME)
    plan = replace(plan_of("tour", NAME), source=BlobPlace("media", "in"))
    maker = TaskMaker(plan, STORAGE, LIMITS, CREATED)
    task = maker.task(replace(item, input_blob="in/a b.MOV"), item.tasks[0])
    assert task.resource_files[0].url.startswith(f"{STORAGE.url('media')}/in/a%20b.MOV?")
    assert "sr=b&sp=r&" in task.resource_files[0].url
    assert "/batchff-output/tour/node/encode.sh?" in task.resource_files[1].url


def test_media_of_another_account_is_read_with_the_sas_that_was_given_and_nothing_else_is() -> None:
    other = BlobPlace("media", "in", "https://other.blob.core.windows.net", "sp=rl&sig=given")
    (item,) = items_of("tour", NAME)
    for identity in ("", "/an/identity"):
        plan = replace(plan_of("tour", NAME), source=other, identity=identity)
        maker = TaskMaker(plan, STORAGE, LIMITS, CREATED)
        task = maker.task(replace(item, input_blob="in/a b.MOV"), item.tasks[0])
        media, *rest = task.resource_files
        assert (media.url, media.identity) == (other.url("in/a b.MOV"), "")
        assert "given" not in str([file.url for file in rest])
        assert "given" not in str([file.container_url for file in task.output_files])
        assert "given" not in f"{plan!r} {plan.facts()!r} {plan.facts().metadata()}"


def test_outputs_go_where_the_user_said_stamped_and_logs_dont() -> None:
    plan = replace(plan_of("tour-retry", NAME), first_job="tour", to=BlobPlace("results", "x"))
    made, *logs = task_of(plan).output_files
    assert made.container_url.startswith(f"{STORAGE.url('results')}?")
    assert "sr=c&sp=cw&" in made.container_url
    assert read_blob_facts(made.metadata) == BlobFacts("tour", is_output=True)
    assert all(log.container_url.startswith(f"{STORAGE.url('batchff-output')}?") for log in logs)
    assert all(log.metadata == {} for log in logs)
    own, *_ = task_of(plan_of("tour", NAME)).output_files
    assert own.metadata == {}


def test_a_task_may_have_work_of_its_own_and_wait_for_others() -> None:
    part = NodeFile("part.mp4", "tour/parts/1.mp4", Side.OUTPUT)
    work = Work("sh join.sh", (part,), (NodeFile("whole.mp4", "tour/media/whole.mp4"),))
    task = task_of(plan_of("tour", NAME), ItemTask("join", (0,), ("one", "two"), work))
    assert (task.command_line, task.depends_on) == ("sh join.sh", ("one", "two"))
    assert task.resource_files[0].url.startswith(f"{STORAGE.url('batchff-output')}/tour/parts/")
    assert task.output_files[0].blob == "tour/media/whole.mp4"


def test_a_retrys_logs_and_scripts_are_in_its_first_jobs_folder() -> None:
    task = task_of(replace(plan_of("tour-retry", NAME), first_job="tour"))
    assert task.output_files[1].blob == f"tour/logs/{task.id}/stderr.txt"
    assert "/batchff-output/tour/node/encode.sh?" in task.resource_files[1].url


def test_what_another_task_joins_lets_that_one_start_however_it_ends() -> None:
    part = ItemTask("part", work=Work("sh encode.sh input 1"))
    join = ItemTask("join", (0,), ("part",), Work("sh join.sh 1 rest.mp4 .mp4 chunks"))
    (item,) = items_of("tour", NAME)
    maker = TaskMaker(plan_of("tour", NAME), STORAGE, LIMITS, CREATED)

    film = replace(item, tasks=(part, join))
    assert maker.task(film, part).satisfies_dependents
    assert not maker.task(film, join).satisfies_dependents
    # Another one wouldn't look what is there.
    other = replace(join, work=Work("cp part.mp4 whole.mp4"))
    assert not maker.task(replace(item, tasks=(part, other)), part).satisfies_dependents
    assert not maker.task(item, item.tasks[0]).satisfies_dependents


def test_any_number_of_chunks_is_fetched_by_one_address() -> None:
    plan = plan_of("tour", NAME)
    chunks = NodeFile("chunks", "tour/chunks/x/film/", is_folder=True)
    join = ItemTask("join", (0,), ("part",), Work("sh join.sh", (chunks,)))

    (fetched,) = (file for file in task_of(plan, join).resource_files if file.path == "chunks")
    assert fetched.prefix == "tour/chunks/x/film/"
    assert fetched.url.startswith(f"{STORAGE.endpoint}/batchff-output?")
    assert "sp=rl" in fetched.url

    by_identity = task_of(replace(plan, identity="/subscriptions/1/id"), join)
    (fetched,) = (file for file in by_identity.resource_files if file.path == "chunks")
    assert (fetched.identity, fetched.prefix) == ("/subscriptions/1/id", "tour/chunks/x/film/")
    assert "?" not in fetched.url


def test_a_film_that_is_joined_leaves_a_verdict_as_one_that_is_encoded_whole() -> None:
    plan = replace(plan_of("tour", NAME), ffmpeg="9")
    (item,) = items_of("tour", NAME)
    item = replace(item, content="1-abc")
    maker = TaskMaker(plan, STORAGE, LIMITS, CREATED)
    whole = item.tasks[0]
    join = replace(whole, depends_on=("part",), work=Work("sh join.sh"))
    part = ItemTask("part", work=Work("sh encode.sh input 1"))

    told = [
        [file.blob for file in maker.task(item, task).output_files if file.pattern == "done.txt"]
        for task in (whole, join, part)
    ]
    assert told[0] == told[1] != []
    assert told[2] == []
