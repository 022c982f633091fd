from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.model.items import Beside, Cut, Item, ItemTask, NodeFile, Output, Side, Work
from batchff.pipeline.job.graph import (
    given_up,
    in_order,
    items_by_task,
    not_plain,
    only_tasks,
    still_to_run,
    work_of,
)
from tests.model.items import any_item
from tests.recipes import preset_recipe

MP3, MP4 = preset_recipe("mp3"), preset_recipe("h264")

FILM = Item(
    "a/film 1.MOV",
    9,
    "set/a/film 1.MOV",
    (Output("a/film 1.mp4", "job/media/a/film 1.mp4"),),
    (
        ItemTask("join", makes=(0,), depends_on=("part-1", "part-2")),
        ItemTask("part-1"),
        ItemTask("part-2"),
    ),
)


def test_a_plain_task_encodes_the_whole_source_under_plain_names() -> None:
    item = replace(FILM, tasks=(ItemTask("film", makes=(0,)),))
    assert work_of(item, item.tasks[0], [MP4]) == Work(
        "sh encode.sh input.mov 9",
        (NodeFile("input.mov", "set/a/film 1.MOV", Side.INPUT),),
        (NodeFile("made/film.mp4", "job/media/a/film 1.mp4", Side.RESULT, "video/mp4"),),
    )


def test_a_task_fetches_second_inputs_and_reads_the_part_that_it_is_for() -> None:
    beside = (Beside("with-0.srt", "set/.with/0/a/film 1.srt", 7), Beside("with-1", "set/x", 8))
    cut = Cut(Decimal("7E+1"), Decimal("100.5"))
    item = replace(FILM, tasks=(ItemTask("film", makes=(0,), cut=cut),), beside=beside)
    work = work_of(item, item.tasks[0], [MP4])
    assert work.command == "sh encode.sh -ss 70 -to 100.5 input.mov 9 with-0.srt 7 with-1 8"
    assert work.fetches == (
        NodeFile("input.mov", "set/a/film 1.MOV", Side.INPUT),
        NodeFile("with-0.srt", "set/.with/0/a/film 1.srt", Side.INPUT),
        NodeFile("with-1", "set/x", Side.INPUT),
    )


def test_a_task_with_work_of_its_own_runs_that() -> None:
    work = Work("sh join.sh")
    assert work_of(FILM, ItemTask("join", work=work), [MP4]) is work


@given(st.text(min_size=1))
def test_no_name_of_the_users_is_in_a_command_line(name: str) -> None:
    item = Item(name, 1, name, (Output(name, name),), (ItemTask("t", makes=(0,)),))
    command = work_of(item, item.tasks[0], [MP3]).command
    assert all(word.isascii() and word.replace(".", "").isalnum() for word in command.split(" "))


def test_a_task_comes_after_those_it_depends_on() -> None:
    assert [task.id for task in in_order(FILM.tasks)] == ["part-1", "part-2", "join"]


@given(any_item())
@settings(max_examples=40)
def test_in_order_each_task_comes_once_and_after_what_it_needs(item: Item) -> None:
    ordered = in_order(item.tasks)
    assert sorted(task.id for task in ordered) == sorted(task.id for task in item.tasks)
    seen: set[str] = set()
    for task in ordered:
        assert seen.issuperset(task.depends_on)
        seen.add(task.id)


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ((ItemTask("a", depends_on=("gone",)),), r"don't exist: \['gone'\]"),
        ((ItemTask("a", depends_on=("a",)),), "depend on each other"),
        (
            (ItemTask("a", depends_on=("b",)), ItemTask("b", depends_on=("a",))),
            "depend on each other",
        ),
    ],
)
def test_a_graph_that_can_never_run_is_a_mistake(tasks: tuple[ItemTask, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        in_order(tasks)


def test_what_has_succeeded_isnt_waited_for() -> None:
    left = still_to_run(FILM, {"part-1"})
    assert left == (ItemTask("part-2"), ItemTask("join", makes=(0,), depends_on=("part-2",)))


@given(any_item(), st.sets(st.text("ab-1", min_size=1, max_size=2)))
@settings(max_examples=40)
def test_nothing_that_is_done_runs_again_and_all_else_can(item: Item, done: set[str]) -> None:
    left = still_to_run(item, done)
    assert {task.id for task in left} == {task.id for task in item.tasks} - done
    assert in_order(left) == left


@given(st.lists(any_item(), max_size=3), st.sets(st.text("ab-1", min_size=1, max_size=2)))
@settings(max_examples=40)
def test_only_wanted_tasks_stay_with_dependencies_among_them(
    items: list[Item], wanted: set[str]
) -> None:
    kept = only_tasks(items, wanted)
    assert [task.id for item in kept for task in item.tasks] == [
        task.id for item in items for task in item.tasks if task.id in wanted
    ]
    for item in kept:
        assert item.tasks
        in_order(item.tasks)


def test_a_tasks_item_is_found_by_the_tasks_id() -> None:
    found = items_by_task([FILM])
    assert found.keys() == {"join", "part-1", "part-2"}
    assert all(item is FILM for item in found.values())


def test_of_an_item_that_is_given_up_only_what_was_made_before_is_left() -> None:
    outputs = (Output("a.mp3", "earlier/a.mp3"), Output("a.mp4", "job/a.mp4"))
    item = Item("a", 1, "a", outputs, (ItemTask("a", makes=(1,)),), done=(0,))
    left = given_up(item, "it changed")
    assert (left.outputs, left.done, left.tasks) == (outputs[:1], (0,), ())
    assert left.not_encoded == "it changed"
    assert given_up(replace(item, not_encoded="no picture"), "it changed").not_encoded == (
        "no picture; it changed"
    )
    assert not_plain([left]) == outputs[:1]
