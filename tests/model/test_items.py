from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.model.items import Item, ItemCounts, ItemTask, Output, count_items
from tests.model.items import any_item

PARTS = Item(
    "film.mov",
    9,
    "set/film.mov",
    outputs=(Output("film.mp4", "job/media/film.mp4"), Output("film.png", "job/media/film.png")),
    tasks=(ItemTask("part-1"), ItemTask("part-2", makes=(1,)), ItemTask("join", makes=(0,))),
)


def test_a_file_a_task_and_an_output_are_counted_apart() -> None:
    plain = Item(*("a.mov", 1, "set/a.mov"), (Output("a.mp4", "a"),), (ItemTask("a", makes=(0,)),))
    silent = Item("b.txt", 1, "set/b.txt", not_encoded="it has no stream")
    assert count_items((PARTS, plain, silent)) == ItemCounts(2, 4, 3, not_encoded=1)
    assert count_items(()) == ItemCounts(0, 0, 0)


def test_a_task_makes_those_outputs_that_it_names() -> None:
    made = [[output.relative for output in PARTS.made_by(task)] for task in PARTS.tasks]
    assert made == [[], ["film.png"], ["film.mp4"]]


@given(st.lists(any_item(), max_size=3).map(tuple), st.lists(any_item(), max_size=3).map(tuple))
@settings(max_examples=40)
def test_counts_of_two_lists_add_up(first: tuple[Item, ...], second: tuple[Item, ...]) -> None:
    one, other, both = count_items(first), count_items(second), count_items(first + second)
    assert both.files + both.not_encoded == len(first) + len(second)
    assert both.tasks == one.tasks + other.tasks
    assert both.outputs == one.outputs + other.outputs
