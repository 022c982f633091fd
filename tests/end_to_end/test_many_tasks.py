"""A file is not a task is not an output: one file with three tasks and two outputs, all the way."""

from __future__ import annotations

import os

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.emulator.launch import Connection
from batchff.model.items import Item, ItemTask, NodeFile, Output, Side, Work, count_items
from batchff.model.pools import PoolSpec
from batchff.pipeline.job.feed import add_all
from batchff.pipeline.job.make import JobPlan, create_job
from batchff.pipeline.pool.make import ensure_pool
from tests.commands import CLIPS, Batchff
from tests.pipeline.recorder import Recorder
from tests.recipes import preset_recipe

CLIP = (CLIPS / "city.mp4").read_bytes()
POOL = PoolSpec("Standard_D2s_v5", 1, 0, 2, "canonical:ubuntu-24_04-lts:server")


def film(job: str) -> Item:
    """A film, two of whose tasks run beside each other, and one after both.

    The second fails as long as what it fetches beside the film isn't there.
    """
    source = NodeFile("input.mp4", "set/film.mp4", Side.INPUT)
    part = NodeFile("part.mp4", f"{job}/parts/film/part.mp4")
    sound = Output("film/sound.mp3", f"{job}/media/film/sound.mp3")
    whole = Output("film/whole.mp4", f"{job}/media/film/whole.mp4")
    return Item(
        relative="film.mp4",
        size=len(CLIP),
        input_blob="set/film.mp4",
        outputs=(sound, whole),
        tasks=(
            ItemTask(
                "film-join",
                makes=(1,),
                depends_on=("film-sound", "film-part"),
                work=Work("cp part.mp4 whole.mp4", (part,), (NodeFile("whole.mp4", whole.blob),)),
            ),
            ItemTask(
                "film-sound",
                makes=(0,),
                work=Work(
                    f"sh encode.sh input.mp4 {len(CLIP)}",
                    (source,),
                    (NodeFile("made/sound.mp3", sound.blob),),
                ),
            ),
            ItemTask(
                "film-part",
                work=Work(
                    "cp input.mp4 part.mp4",
                    (source, NodeFile("late.txt", "set/late.txt", Side.INPUT)),
                    (part,),
                ),
            ),
        ),
    )


@pytest.fixture
def batch(account: Connection) -> Batch:
    credential = AzureNamedKeyCredential(account.batch_account, account.batch_key)
    return Batch(account.batch_endpoint, credential)


def submit(job: str, batch: Batch, storage: Storage) -> None:
    """Make the job as a submit would, all but for what its one file becomes."""
    inputs, outputs = (os.environ[f"BATCHFF_{side}_CONTAINER"] for side in ("INPUT", "OUTPUT"))
    storage.ensure_container(inputs, {"batchff": "0"})
    storage.upload_bytes(inputs, "set/film.mp4", CLIP, {"batchff": "0"})
    items = (film(job),)
    plan = JobPlan(
        job=job,
        pool=job,
        input_set="set",
        input_container=inputs,
        output_container=outputs,
        recipes=(preset_recipe(),),
        counts=count_items(items),
        inputs="none",
    )
    ensure_pool(job, POOL, batch, Recorder(), for_job=job)
    create_job(plan, items, batch, storage, Recorder())
    add_all(plan, items, batch, storage, Recorder())


def waits_for(service: BatchClient, job: str, task: str) -> list[str]:
    after = service.get_task(job, task).depends_on
    return list((after and after.task_ids) or ())


def bring_what_was_missing(storage: Storage) -> None:
    storage.upload_bytes(os.environ["BATCHFF_INPUT_CONTAINER"], "set/late.txt", b"x", {})


def test_a_file_of_three_tasks_and_two_outputs(
    batchff: Batchff, batch: Batch, storage: Storage, service: BatchClient
) -> None:
    submit("film", batch, storage)
    assert waits_for(service, "film", "film-join") == ["film-sound", "film-part"]

    failed = batchff("--json", "watch", "film", "--timeout", "1m")
    assert failed.code == 3
    assert [failed.result[name] for name in ("succeeded", "failed", "unfinished")] == [0, 1, 0]
    assert failed.result["tasks"] == {"succeeded": 1, "failed": 1, "unfinished": 1}
    assert (failed.result["outputs"], failed.result["unreachable"]) == (0, 1)
    ended = [event for event in failed.events if event["event"] == "task.succeeded"]
    assert [event["file_encoded"] for event in ended] == [False]
    assert [event["file"] for event in failed.events if event["event"] == "task.failed"] == [
        "film.mp4"
    ]
    said = batchff("watch", "film", "--timeout", "1m")
    assert said.out == "job film: 0 encoded, 1 failed, 1 task unreachable\n"
    shown = batchff("--json", "job", "show", "film").result
    assert (shown["files"], shown["tasks"]["failed"], shown["outputs"]) == (1, 1, 2)
    assert batchff("logs", "film", "film-sound").out.count("encode.sh: made sound.mp3") == 1

    bring_what_was_missing(storage)
    retried = batchff("--json", "job", "retry", "film", "--yes").result
    assert (retried["files"], retried["reactivated"], retried["moved"]) == (["film.mp4"], 1, 0)

    done = batchff("--json", "watch", "film", "--timeout", "1m")
    assert done.code == 0
    assert [done.result[name] for name in ("succeeded", "failed", "unfinished")] == [1, 0, 0]
    assert done.result["tasks"] == {"succeeded": 3, "failed": 0, "unfinished": 0}
    assert done.result["outputs"] == 2
    ended = [event for event in done.events if event["event"] == "task.succeeded"]
    assert [event["file"] for event in ended] == ["film.mp4"] * 3
    assert [event["file_encoded"] for event in ended] == [False, False, True]
    last = [event for event in done.events if event["event"] == "job.counts"][-1]
    assert (last["files"], last["files_encoded"], last["succeeded"]) == (1, 1, 3)
    assert last["outputs"] == 2

    fetched = batchff("--json", "download", "film", "--to", "home").result
    assert fetched["files"] == 2
    with open("home/film/whole.mp4", "rb") as whole:
        assert whole.read() == CLIP

    assert batchff("cleanup", "film", "--pool", "--inputs", "--outputs", "--yes").code == 0
    assert not list(storage.list_blobs(os.environ["BATCHFF_OUTPUT_CONTAINER"]))


def test_what_is_left_of_a_file_goes_to_a_retry_in_its_order(
    batchff: Batchff, batch: Batch, storage: Storage, service: BatchClient
) -> None:
    submit("ended", batch, storage)
    assert batchff("watch", "ended", "--timeout", "1m").code == 3
    assert batchff("job", "stop", "ended", "--yes").code == 0
    bring_what_was_missing(storage)

    retried = batchff("--json", "job", "retry", "ended", "--yes").result

    assert (retried["files"], retried["moved"]) == (["film.mp4"], 2)
    assert waits_for(service, "ended-retry", "film-join") == ["film-part"], "its sound is done"
    done = batchff("--json", "watch", "ended", "--timeout", "1m")
    assert done.code == 0
    assert [done.result[name] for name in ("succeeded", "failed", "unfinished")] == [1, 0, 0]
    assert done.result["tasks"] == {"succeeded": 3, "failed": 0, "unfinished": 0}
    assert done.result["retries"] == ["ended-retry"]
    assert batchff("--json", "download", "ended", "--to", "home").result["files"] == 2
