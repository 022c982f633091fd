from __future__ import annotations

from dataclasses import astuple, replace
from decimal import Decimal
from operator import add

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.model.items import Cut, Item, ItemCounts, ItemTask, Output, Work, count_items
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
    assert astuple(both) == tuple(map(add, astuple(one), astuple(other)))
    # A file may be counted twice: an earlier job made some of it, and the rest isn't encoded.
    assert both.files + both.not_encoded + both.done >= len(first) + len(second)


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        (None, None, ""),
        ("70", "100", "1m10s-1m40s"),
        ("0.5", None, "0.5s-end"),
        (None, "3600", "0s-1h"),
        ("3661.25", "7200", "1h1m1.25s-2h"),
        ("100", "1000", "1m40s-16m40s"),
    ],
)
def test_a_part_of_a_source_has_a_label_for_names(
    start: str | None, end: str | None, label: str
) -> None:
    assert Cut(start and Decimal(start), end and Decimal(end)).label == label  # type: ignore[arg-type]


def test_outputs_with_their_sources_time_are_counted() -> None:
    timed = Item("a", 1, "a", (Output("a.mp3", "a", modified_ns=5),), (ItemTask("a", makes=(0,)),))
    assert count_items((timed, PARTS)) == ItemCounts(2, 4, 3, timed=1)


def test_what_an_earlier_job_made_is_counted_by_itself() -> None:
    outputs = (Output("a.mp3", "earlier/a.mp3", modified_ns=5), Output("a.hls", "a.hls", True))
    both = Item("a", 1, "a", outputs, (ItemTask("a", makes=(1,)),), done=(0,))
    done = Item("b", 1, "b", outputs, done=(0, 1))
    assert (both.to_make, both.done_before) == (outputs[1:], outputs[:1])
    assert (done.to_make, done.done_before) == ((), outputs)
    counts = count_items((both, done))
    assert (counts.files, counts.tasks, counts.outputs) == (1, 1, 1)
    assert (counts.done, counts.done_outputs, counts.not_encoded) == (1, 3, 0)
    assert (counts.folders, counts.timed) == (2, 2)


def test_the_tasks_of_a_film_in_chunks_say_what_they_are_for() -> None:
    work = Work("sh encode.sh")
    chunks = (
        ItemTask("a-0000", work=work, cut=Cut(None, Decimal(2))),
        ItemTask("a-0001", work=work, cut=Cut(Decimal(2), None)),
    )
    join = ItemTask("a", (0,), ("a-rest", "a-0000", "a-0001"), work)
    film = Item("a.mp4", 9, "set/a.mp4", tasks=(ItemTask("a-rest", work=work), *chunks, join))
    film = replace(film, seconds=5.0)

    said = [film.part_of(task) for task in film.tasks]
    assert said == ["sound", "chunk 1 of 2", "chunk 2 of 2", "joining"]
    # To join, or to encode the sound, is little beside the film.
    assert [film.seconds_of(task) for task in film.tasks] == [1.0, 2.0, 3.0, 1.0]
    assert film.part_of(ItemTask("whole", (0,))) == ""
