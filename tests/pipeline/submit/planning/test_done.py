from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from uuid import uuid4

import pytest

from batchff.cloud.storage import Storage
from batchff.model.items import Item
from batchff.model.recipes import Recipe
from batchff.pipeline.job.make import JobPlan
from batchff.pipeline.names import media_prefix
from batchff.pipeline.plan import InputFile, plan_items
from batchff.pipeline.submit.planning.contents import contents_as_planned
from batchff.pipeline.submit.planning.done import (
    Earlier,
    Why,
    all_again,
    find_earlier,
    without_made,
)
from tests.pipeline.done_jobs import leave_done, with_content
from tests.pipeline.planned import RECIPES, items_of, plan_of
from tests.recipes import preset_recipe


@pytest.fixture
def plan() -> JobPlan:
    """The plan of a job whose verdicts no other test finds."""
    name = f"done{uuid4().hex[:12]}"
    return replace(plan_of(name, "a.mov", "b.mov"), input_set=name, ffmpeg="9")


def items_for(plan: JobPlan, *names: str, **contents: str) -> tuple[Item, ...]:
    return with_content(items_of(plan.job, *names), **contents)


def found(items: Iterable[Item], plan: JobPlan, storage: Storage) -> Earlier:
    return find_earlier(items, plan, contents_as_planned, storage)


def reasons(items: Iterable[Item], plan: JobPlan, storage: Storage) -> list[Why]:
    return list(found(items, plan, storage).reasons.values())


def test_what_an_earlier_job_made_is_found_where_it_made_it(
    plan: JobPlan, storage: Storage
) -> None:
    leave_done(plan, items_for(plan, "a.mov", "b.mov"), storage)
    later = replace(plan, job=f"{plan.job}-later")
    items = items_for(later, "a.mov", "b.mov", "c.mov")

    earlier = found(items, later, storage)

    assert earlier.jobs == (plan.job,)
    assert earlier.counts == {"new": 1}
    a, b, c = without_made(items, earlier)
    assert [output.blob for output in (*a.outputs, *b.outputs)] == [
        f"{media_prefix(plan.job)}{name}.mp3" for name in "ab"
    ]
    assert (a.tasks, a.done, a.done_before) == ((), (0,), a.outputs)
    assert (c.tasks, c.done, c) == (items[2].tasks, (), items[2])


def test_a_file_of_the_same_content_counts_whatever_its_called(
    plan: JobPlan, storage: Storage
) -> None:
    leave_done(plan, items_for(plan, "a.mov"), storage)
    renamed = items_for(plan, "sub/renamed.mov", s="a.mov")
    assert [len(item.tasks) for item in without_made(renamed, found(renamed, plan, storage))] == [0]


def other_recipe() -> tuple[Recipe, ...]:
    return (preset_recipe("flac"),)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda plan: (plan, items_for(plan, "a.mov", a="new")), Why.CHANGED),
        (lambda plan: (plan, items_of_size(plan, 2)), Why.CHANGED),
        (lambda plan: (replace(plan, ffmpeg="8"), items_for(plan, "a.mov")), Why.FFMPEG),
        (
            lambda plan: (replace(plan, recipes=other_recipe()), items_for(plan, "a.mov")),
            Why.ARGUMENTS,
        ),
        (lambda plan: (plan, items_for(plan, "c.mov")), Why.NEW),
    ],
    ids=["content", "size", "ffmpeg", "arguments", "file"],
)
def test_each_reason_to_make_a_file_is_told(
    plan: JobPlan,
    storage: Storage,
    change: Callable[[JobPlan], tuple[JobPlan, tuple[Item, ...]]],
    why: Why,
) -> None:
    leave_done(plan, items_for(plan, "a.mov"), storage)
    changed, items = change(plan)
    assert reasons(items, changed, storage) == [why]


def items_of_size(plan: JobPlan, size: int) -> tuple[Item, ...]:
    return with_content(items_of(plan.job, "a.mov", size=size))


def test_a_verdict_without_its_output_counts_for_nothing(plan: JobPlan, storage: Storage) -> None:
    items = items_for(plan, "a.mov", "b.mov")
    leave_done(plan, items, storage)
    storage.delete_blob(plan.output_container, items[0].outputs[0].blob)
    earlier = found(items, plan, storage)
    assert earlier.reasons == {items[0].tasks[0].id: Why.GONE}
    assert list(earlier.made) == [items[1].tasks[0].id]


def test_an_output_that_another_job_of_the_same_id_replaced_counts_for_nothing(
    plan: JobPlan, storage: Storage
) -> None:
    items = items_for(plan, "a.mov")
    leave_done(plan, items, storage)
    leave_done(plan, items_for(plan, "a.mov", a="other"), storage)
    assert reasons(items, plan, storage) == [Why.GONE]


def test_where_a_jobs_plan_is_gone_nothing_of_it_counts(plan: JobPlan, storage: Storage) -> None:
    items = items_for(plan, "a.mov")
    leave_done(plan, items, storage)
    storage.delete_blob(plan.output_container, f"{plan.job}/plan.jsonl.gz")
    assert reasons(items, plan, storage) == [Why.GONE]


def test_of_several_outputs_only_those_that_are_missing_are_made(
    plan: JobPlan, storage: Storage
) -> None:
    recipes = (*RECIPES, preset_recipe("hls"))
    both = plan_items([InputFile("a.mov", 1)], input_set=plan.job, job=plan.job, recipes=recipes)
    (item,) = with_content(both)
    alone = replace(plan, job=f"{plan.job}-alone")
    leave_done(alone, items_for(alone, "a.mov"), storage)

    (left,) = without_made([item], found([item], replace(plan, recipes=recipes), storage))

    assert (len(left.outputs), len(left.tasks), left.done) == (2, 1, (0,))
    assert left.made_by(left.tasks[0]) == left.to_make == item.outputs[1:]

    leave_done(replace(plan, recipes=recipes), [item], storage)
    (none,) = without_made([item], found([item], replace(plan, recipes=recipes), storage))
    assert (none.tasks, none.done, none.outputs[1].is_folder) == ((), (0, 1), True)


def test_outputs_of_a_source_that_changed_may_be_replaced_by_the_new_ones(
    plan: JobPlan, storage: Storage
) -> None:
    items = items_for(plan, "a.mov")
    leave_done(plan, items, storage)
    former = found(items_for(plan, "a.mov", a="new"), plan, storage).former
    assert [blob.name for blob in former["a.mp3"]] == [items[0].outputs[0].blob]
    assert found(items, plan, storage).former == {}


def test_a_source_is_read_only_where_one_of_its_size_was_encoded(
    plan: JobPlan, storage: Storage
) -> None:
    leave_done(plan, items_for(plan, "a.mov"), storage)
    read = []

    def content(item: Item) -> str:
        read.append(item.relative)
        return item.content

    items = (*items_for(plan, "a.mov"), *with_content(items_of(plan.job, "b.mov", size=2)))
    find_earlier(items, plan, content, storage)
    assert read == ["a.mov"]


def test_when_all_is_asked_for_again_nothing_counts_as_made(plan: JobPlan) -> None:
    assert all_again(items_for(plan, "a.mov", "b.mov")).counts == {"asked for": 2}
