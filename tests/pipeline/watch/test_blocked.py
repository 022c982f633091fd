from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchff.model.jobs import WaitingTask
from batchff.pipeline.watch.blocked import behind

IDS = [*"abcd", *map(str, range(1, 9)), "007"]


def names(failed: list[str], waiting: list[WaitingTask]) -> list[str]:
    return sorted(task.id for task in behind(failed, waiting))


def test_a_task_behind_a_failed_one_is_unreachable_and_so_is_what_comes_after_it() -> None:
    waiting = [
        WaitingTask("publish", "publish", after=("merge",)),
        WaitingTask("merge", "merge", after=("first", "second")),
        WaitingTask("other", "other", after=("second",)),
        WaitingTask("free", "free"),
    ]
    assert names(["first"], waiting) == ["merge", "publish"]
    assert names([], waiting) == []


def test_ranges_count_the_tasks_whose_ids_are_numbers() -> None:
    waiting = [
        WaitingTask("all", "all", after_ranges=((1, 100),)),
        WaitingTask("few", "few", after_ranges=((1, 6), (8, 9))),
        WaitingTask("9", "9", after_ranges=((7, 7),)),
        WaitingTask("last", "last", after_ranges=((9, 9),)),
    ]
    assert names(["007"], waiting) == ["9", "all", "few", "last"]
    assert names(["seven"], waiting) == []


def test_ids_are_compared_without_case() -> None:
    assert names(["FIRST"], [WaitingTask("next", "next", after=("First",))]) == ["next"]


def test_a_long_chain_is_followed_to_its_end_whatever_its_order() -> None:
    chain = [WaitingTask(str(n), "", after_ranges=((n - 1, n - 1),)) for n in range(1, 5001)]
    by_id = [WaitingTask(f"t{n}", "", after=(f"t{n - 1}",)) for n in range(5000, 0, -1)]
    assert len(behind(["0"], chain)) == len(behind(["t0"], by_id)) == 5000


@st.composite
def waiting_tasks(draw: st.DrawFn) -> list[WaitingTask]:
    number = st.integers(0, 9)
    limits = st.tuples(number, number).map(lambda pair: (min(pair), max(pair)))
    return [
        WaitingTask(
            task,
            task,
            tuple(draw(st.lists(st.sampled_from(IDS), max_size=2))),
            tuple(draw(st.lists(limits, max_size=1))),
        )
        for task in draw(st.lists(st.sampled_from(IDS), unique=True))
    ]


@given(waiting_tasks(), st.lists(st.sampled_from(IDS), unique=True))
def test_it_finds_all_that_can_be_come_to_step_by_step(
    waiting: list[WaitingTask], failed: list[str]
) -> None:
    blocked = set(failed)
    found: set[str] = set()
    for _ in waiting:
        numbers = [int(task) for task in blocked if task.isdigit()]
        for task in waiting:
            in_range = any(a <= n <= b for a, b in task.after_ranges for n in numbers)
            if in_range or blocked & set(task.after):
                found.add(task.id)
        blocked |= found
    assert set(names(failed, waiting)) == found
