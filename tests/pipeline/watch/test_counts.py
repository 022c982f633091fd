from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from batchff.model.jobs import FailedTask, TaskCounts, TaskStatus
from batchff.pipeline.watch.counts import TaskTally


def task(number: int, state: str = "completed") -> TaskStatus:
    return TaskStatus(
        f"t{number}", f"{number}.mp4", state, None, datetime(2026, 11, 22, tzinfo=UTC)
    )


def counts(*, active: int = 0, running: int = 0, succeeded: int = 0, failed: int = 0) -> TaskCounts:
    return TaskCounts(active, running, succeeded, failed)


def test_what_neither_runs_nor_has_ended_waits() -> None:
    tally = TaskTally()
    tally.total = 5
    tally.note_running(task(1, "running"))
    tally.note_running(task(2, "running"))
    tally.note_success(task(1))
    tally.note_failure(FailedTask("t3", "3.mp4", "broken", 14, ()))

    assert tally.counts() == counts(active=2, running=1, succeeded=1, failed=1)
    assert (tally.ended, tally.unfinished) == (2, 3)


def test_a_count_that_lags_takes_nothing_back() -> None:
    tally = TaskTally()
    for number in range(3):
        tally.note_success(task(number))
    assert not tally.correct(counts(active=1))
    assert tally.counts() == counts(succeeded=3)


def test_a_task_that_was_taken_off_its_node_is_no_longer_said_to_run() -> None:
    tally = TaskTally()
    tally.note_running(task(1, "running"))
    assert tally.correct(counts(active=1))
    tally.replace_running([])
    assert tally.counts() == counts(active=1)


def test_ends_that_were_passed_over_are_seen_when_nothing_runs_any_more() -> None:
    tally = TaskTally()
    tally.note_success(task(1))

    assert not tally.misses_ends(counts(running=1, succeeded=2))
    assert not tally.misses_ends(counts(succeeded=2))  # perhaps at this moment
    assert tally.misses_ends(counts(succeeded=2))

    tally.note_success(task(2))
    assert not tally.misses_ends(counts(succeeded=2))


def test_a_task_is_new_on_a_node_once() -> None:
    tally = TaskTally()
    first = replace(task(1, "running"), node="a")
    assert tally.note_running(first)
    assert not tally.note_running(first)
    assert tally.note_running(replace(first, node="b"))
    assert tally.replace_running([task(2, "running")]) == ("t1",)
    tally.note_success(first)
    assert not tally.note_running(first)
