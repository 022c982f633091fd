from __future__ import annotations

from dataclasses import replace

import pytest
from azure.batch import BatchClient

from batchff.cloud.batch import Batch
from batchff.cloud.storage import Storage
from batchff.errors import NotFoundError
from batchff.model.items import Item, ItemTask, Output
from batchff.model.jobs import Told
from batchff.pipeline.job.lookup import require_job
from batchff.pipeline.job.plan_blob import send_plan
from batchff.pipeline.report.gather import gather, gather_done
from tests.foreign import Task, make_job, make_pool, wait_for_end

CONTAINER = "batchff-output"


def make(service: BatchClient, storage: Storage, job: str) -> None:
    """A job of batchff's with a file of two tasks, of which one failed, and what nodes sent."""
    storage.ensure_container(CONTAINER, {"batchff": "0"})
    outputs = (Output("a.mp4", f"{job}/media/a.mp4"), Output("a.mp3", f"{job}/media/a.mp3"))
    tasks = (ItemTask("t-0", (0,)), ItemTask("t-1", (1,)))
    send_plan(job, [Item("a.mov", 9, "set/a.mov", outputs, tasks)], CONTAINER, storage)
    commands = {"t-0": "true", "t-1": "sh -c 'exit 12'"}
    made = [Task(id=each, display_name="a.mov", command_line=commands[each]) for each in commands]
    make_job(service, job, make_pool(service, "gather"), *made, ours=True, files=1)
    wait_for_end(service, job, *commands)
    sent = {
        "media/a.mp4": b"12345",
        "logs/t-0/proof.txt": b"source holds 4.5 s, says 4 s, errors 0\n",
        "logs/t-1/stderr.txt": b"moov atom not found\n",
        "told/t-0/told.txt": b"salvaged: 4.5 of 9.0 s\n",
        "told/t-1/told.txt": b"late\n",
    }
    for name, content in sent.items():
        storage.upload_bytes(CONTAINER, f"{job}/{name}", content, {})


def test_all_that_is_there_is_read(service: BatchClient, batch: Batch, storage: Storage) -> None:
    make(service, storage, "gather-all")
    found = gather(require_job("gather-all", batch), batch, storage)
    assert [item.relative for item in found.items] == ["a.mov"]
    assert found.runs.keys() == {"t-0", "t-1"}
    assert {name: blob.size for name, blob in found.blobs.items()} == {"gather-all/media/a.mp4": 5}
    assert found.lengths == {"a.mov": 4.5}
    assert found.said == {"t-1": "moov atom not found\n"}
    assert found.told == {"a.mov": Told("a.mov", ("4.5 of 9.0 s", "late"), is_salvaged=True)}
    assert found.pools.keys() == {"gather"} and found.nodes
    assert found.ended is None
    assert found.missing == ("what was sent to the nodes is gone: ffmpeg's arguments aren't known",)


def test_without_a_plan_the_tasks_say_which_files_there_are(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make(service, storage, "gather-less")
    storage.delete_blob(CONTAINER, "gather-less/plan.jsonl.gz")
    found = gather(require_job("gather-less", batch), batch, storage)
    (item,) = found.items
    assert (item.relative, item.size) == ("a.mov", -1)
    assert {task.id for task in item.tasks} == {"t-0", "t-1"}
    assert found.missing[0].startswith("the job's plan is gone")
    assert not found.told, "the plan would say which file each is on"


def test_another_programs_job_is_refused(
    service: BatchClient, batch: Batch, storage: Storage
) -> None:
    make_job(service, "gather-theirs", make_pool(service, "gather"), "true")
    with pytest.raises(NotFoundError, match="wasn't made by batchff"):
        gather(require_job("gather-theirs", batch), batch, storage)


def test_without_a_job_the_outputs_of_earlier_ones_are_read(storage: Storage) -> None:
    storage.ensure_container(CONTAINER, {"batchff": "0"})
    storage.upload_bytes(CONTAINER, "gather-early/media/a.mp3", b"123", {})
    item = Item("a.mov", 9, "set/a.mov", (Output("a.mp3", "gather-early/media/a.mp3"),), done=(0,))
    found = gather_done([item, replace(item, relative="b.mov")], CONTAINER, storage)
    assert {name: blob.size for name, blob in found.blobs.items()} == {
        "gather-early/media/a.mp3": 3
    }
    assert not found.family
