from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.errors import NotFoundError
from batchff.model.items import Item
from batchff.pipeline.job.plan_blob import fetch_plan, read_plan, send_plan, write_plan
from batchff.pipeline.plan import InputFile, plan_items
from tests.model.items import any_item
from tests.recipes import preset_recipe
from tests.storage_servers import StorageServer


@given(st.lists(any_item(), max_size=5))
@settings(max_examples=40)
def test_any_items_come_back(items: list[Item]) -> None:
    assert list(read_plan(write_plan(items))) == items


def test_a_plan_is_a_line_for_each_item_that_other_programs_can_read() -> None:
    items = plan_items(
        [InputFile("a/clip 1.mov", 7)], input_set="set", job="job", recipes=(preset_recipe(),)
    )
    assert write_plan(items) == write_plan(list(items))
    first, *lines = gzip.decompress(write_plan(items)).decode().splitlines()
    assert json.loads(first) == {"v": 1}
    (line,) = map(json.loads, lines)
    assert line == {
        "source": "a/clip 1.mov",
        "size": 7,
        "blob": "set/a/clip 1.mov",
        "outputs": [["a/clip 1.mp3", "job/media/a/clip 1.mp3"]],
        "tasks": [{"id": items[0].tasks[0].id, "makes": [0]}],
    }


def test_a_plan_of_another_version_is_refused() -> None:
    content = gzip.compress(b'{"v":3}\n{"what":"ever"}\n')
    with pytest.raises(NotFoundError, match="another way .version 3.") as raised:
        list(read_plan(content))
    assert raised.value.hint == "use the batchff that made the job"


def test_any_machine_finds_a_jobs_plan_and_one_that_is_gone_is_reported(
    emulated_storage: StorageServer,
) -> None:
    storage, container = emulated_storage.storage(), emulated_storage.container
    storage.ensure_container(container, {})
    items = (Item("b.txt", 1, "set/b.txt", not_encoded="it has no stream"),)
    send_plan("tour", items, container, storage)
    assert fetch_plan("tour", container, emulated_storage.storage()) == items
    blob = storage.blob_info(container, "tour/plan.jsonl.gz")
    assert blob.batchff is not None and blob.batchff.job == "tour"
    with pytest.raises(NotFoundError, match="the plan of job 'other' is gone"):
        fetch_plan("other", container, storage)


def test_a_plan_knows_how_long_sources_are() -> None:
    items = (Item("a.mov", 1, "a", seconds=12.345), Item("b.mov", 1, "b"))
    assert tuple(read_plan(write_plan(items))) == items
