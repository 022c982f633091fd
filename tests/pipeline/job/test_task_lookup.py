from __future__ import annotations

from datetime import timedelta

import pytest

from batchff.cloud.batch import Batch
from batchff.errors import NotFoundError, UsageError
from batchff.model.tasks import TaskSpec
from batchff.pipeline.job.task_lookup import find_task
from batchff.pipeline.names import task_id

FILES = ["clip.mov", "a/clip.mov", "a/trailer.mov", "b/late clip.mov"]


@pytest.fixture
def job(batch: Batch) -> str:
    """A job with a task for each file; it has no pool, so none of them runs."""
    batch.jobs.create("lookup", "no-pool", max_wall_clock=timedelta(hours=1), metadata={})
    tasks = [TaskSpec(task_id(name), name, "true", (), (), timedelta(hours=1)) for name in FILES]
    batch.tasks.add("lookup", tasks)
    return "lookup"


@pytest.mark.parametrize(
    ("wanted", "file"),
    [
        (task_id("a/clip.mov"), "a/clip.mov"),
        (task_id("a/trailer.mov")[:9].upper(), "a/trailer.mov"),
        ("clip.mov", "clip.mov"),
        ("a/clip.mov", "a/clip.mov"),
        ("trailer.mov", "a/trailer.mov"),
        ("b/", "b/late clip.mov"),
        ("late clip.mov", "b/late clip.mov"),
    ],
)
def test_a_task_is_found_by_its_id_or_its_file(
    wanted: str, file: str, job: str, batch: Batch
) -> None:
    assert find_task(job, wanted, batch).status.name == file


def test_what_could_be_several_is_asked_for_again(job: str, batch: Batch) -> None:
    with pytest.raises(UsageError) as raised:
        find_task(job, "a/", batch)
    assert raised.value.message == "'a/' could be 'a/clip.mov', 'a/trailer.mov'"


def test_of_a_file_with_several_tasks_their_ids_are_to_choose_from(job: str, batch: Batch) -> None:
    ids = [task_id("two.mov", preset) for preset in ("h264-720", "wav16k")]
    limit = timedelta(hours=1)
    batch.tasks.add(job, [TaskSpec(name, "two.mov", "true", (), (), limit) for name in ids])

    with pytest.raises(UsageError) as raised:
        find_task(job, "two.mov", batch)

    assert raised.value.message == f"'two.mov' has 2 tasks: {ids[0]}, {ids[1]}"
    assert raised.value.hint == "give one's id"
    assert find_task(job, ids[1], batch).status.id == ids[1]
    with pytest.raises(UsageError) as raised:
        find_task(job, "t", batch)
    assert raised.value.message == (
        f"'t' could be 'a/trailer.mov', 'two.mov' (task {ids[0]}), 'two.mov' (task {ids[1]})"
    )
    assert raised.value.hint == "give more of the name, or a task's id"


def test_everything_begins_with_nothing(job: str, batch: Batch) -> None:
    with pytest.raises(UsageError, match="'' could be"):
        find_task(job, "", batch)


@pytest.mark.parametrize("wanted", ["gone.mov", "../clip.mov", "a b/c", "ip.mo"])
def test_what_no_task_is_called_is_reported(wanted: str, job: str, batch: Batch) -> None:
    with pytest.raises(NotFoundError, match=f"job 'lookup' has no task '{wanted}'") as raised:
        find_task(job, wanted, batch)
    assert raised.value.hint == "its failed tasks: batchff job show lookup"
