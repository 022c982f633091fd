from __future__ import annotations

from dataclasses import replace

import pytest

from batchff.console.screen.changes import advance
from batchff.console.screen.pace import (
    Eta,
    average_speed,
    eta_of,
    eta_text,
    fraction_of,
    how_far,
    job_eta,
    job_fraction,
    media_speed,
    tick,
)
from batchff.console.screen.state import Running, ScreenState
from batchff.events.jobs import (
    CountsChanged,
    TaskEnded,
    TaskProgressed,
    TaskStarted,
    WorkPlanned,
)
from batchff.model.jobs import TaskWork


def job(**seconds: float | None) -> ScreenState:
    tasks = {task: TaskWork(f"{task}.mov", length, 100) for task, length in seconds.items()}
    state = advance(ScreenState(0.0), WorkPlanned("j", "s", "p", len(tasks), 1, tasks), 0.0)
    return advance(state, CountsChanged("j", len(tasks) - 1, 1, 0, 0), 0.0)


def progressed(state: ScreenState, task: str, fraction: float, now: float) -> ScreenState:
    event = TaskProgressed(task, f"{task}.mov", fraction, 50.0, 2.0, "n")
    return tick(advance(state, event, now), now)


def test_the_whole_is_by_duration() -> None:
    state = advance(job(long=90.0, short=10.0), TaskEnded("short", True, 5.0), 1.0)
    assert job_fraction(state, 1.0) == pytest.approx(0.1)
    state = progressed(state, "long", 0.5, 2.0)
    assert job_fraction(state, 2.0) == pytest.approx(0.55)


def test_where_not_all_durations_are_known_it_is_by_bytes_and_else_by_tasks() -> None:
    state = job(a=90.0, b=None)
    assert (state.work.unit, state.work.total) == ("bytes", 200.0)
    tasks = {"a": TaskWork("a", None, 0), "b": TaskWork("b", 1.0, 5)}
    state = advance(ScreenState(0.0), WorkPlanned("j", "s", "p", 2, 1, tasks), 0.0)
    assert (state.work.unit, state.work.total) == ("tasks", 2.0)
    # In a job of another program, only counts are known.
    state = advance(ScreenState(0.0), CountsChanged("j", 2, 1, 1, 0, False), 0.0)
    assert state.work.total == 4.0


def test_a_job_isnt_done_before_it_is_over() -> None:
    state = advance(job(a=10.0), TaskEnded("a", True, 5.0), 1.0)
    assert job_fraction(state, 1.0) < 1
    state = advance(state, CountsChanged("j", 0, 0, 1, 0), 2.0)
    assert job_fraction(state, 2.0) == 1


def test_between_two_reports_a_file_goes_on_at_its_speed_but_not_for_ever() -> None:
    running = Running("t", "a.mov", "n", 0.0, 100.0, 0.5, 2.0, 50.0, at=10.0)
    assert fraction_of(running, 10.0) == 0.5
    assert fraction_of(running, 15.0) == pytest.approx(0.6)
    assert fraction_of(running, 1000.0) == pytest.approx(0.75)
    assert fraction_of(replace(running, fraction=0.98), 1000.0) == pytest.approx(0.99)
    assert fraction_of(replace(running, is_checking=True), 0.0) == 1
    assert eta_of(running, 10.0) == pytest.approx(25.0)
    assert eta_of(replace(running, speed=None), 10.0) is None


def test_guesses_dont_add_up() -> None:
    started = job(t=100.0)
    for second in range(0, 60, 10):
        report = TaskProgressed("t", "a.mov", second / 100, 25.0, 1.0, "n")
        started = advance(started, report, float(second))
    assert fraction_of(started.running["t"], 50.0) == pytest.approx(0.5)


def test_an_eta_follows_the_pace_and_has_a_spread_where_files_differ() -> None:
    state = job(**{f"t{number}": 10.0 for number in range(10)})
    assert job_eta(state, 0.0) is None
    for number in range(5):
        now = 5.0 * (number + 1)
        state = tick(advance(state, TaskEnded(f"t{number}", True, 4.0 + number), now), now)
    eta = job_eta(state, 25.0)
    assert eta is not None
    assert eta.seconds == pytest.approx(25.0, rel=0.3)
    assert eta.spread is not None and 0 < eta.spread < eta.seconds
    speed = media_speed(state, 25.0)
    assert speed == pytest.approx(2.0, rel=0.3)
    assert how_far(state, 25.0).startswith(" (50 %, ETA 0:2")


def test_an_eta_is_at_least_that_of_the_slowest_file() -> None:
    state = job(long=1000.0, a=10.0, b=10.0)
    state = advance(state, TaskStarted("long", "long.mov", "n", None), 0.0)
    for now in range(8):
        state = progressed(state, "long", 0.1, float(now))
    state = tick(advance(state, TaskEnded("a", True, 1.0), 8.0), 8.0)
    eta = job_eta(state, 8.0)
    assert eta is not None and eta.seconds >= 400


def test_what_other_runs_encoded_is_no_speed_of_this_one() -> None:
    tasks = {"old": TaskWork("old", 1000.0, 1), "new": TaskWork("new", 10.0, 1)}
    state = advance(ScreenState(0.0), WorkPlanned("j", "s", "p", 2, 1, tasks), 0.0)
    state = advance(state, TaskEnded("old", True, 10.0), 1.0)
    for now in range(1, 10):
        state = tick(advance(state, CountsChanged("j", 0, 1, 1, 0), float(now)), float(now))
    assert media_speed(state, 9.0) is None
    assert average_speed(state) is None


def test_an_eta_in_words() -> None:
    assert eta_text(Eta(470, 70)) == "ETA 7:50 ±1:10"
    assert eta_text(Eta(470, None)) == eta_text(Eta(470, 0.2)) == "ETA 7:50"
    assert eta_text(Eta(10, 5), "+-") == "ETA 0:10 +-0:05"


def test_before_it_rests_on_something_there_is_no_eta() -> None:
    state = job(a=100.0, b=100.0)
    state = advance(state, TaskStarted("a", "a.mov", "n", None), 0.0)
    for now in range(4):
        state = progressed(state, "a", 0.01 * now, float(now))
        assert job_eta(state, float(now)) is None
    for now in range(4, 8):
        state = progressed(state, "a", 0.01 * now, float(now))
    assert job_eta(state, 7.0) is not None


def short_ones_and_a_long_one(*, is_running: bool) -> ScreenState:
    state = job(long=1000.0, **{f"t{number}": 10.0 for number in range(8)})
    if is_running:
        state = advance(state, TaskStarted("long", "long.mov", "n", None), 0.0)
    for number in range(8):
        state = advance(state, TaskStarted(f"t{number}", "t.mov", "m", None), float(number))
        state = tick(advance(state, TaskEnded(f"t{number}", True, 1.0), number + 1.0), number + 1.0)
    return state


@pytest.mark.parametrize("is_running", [True, False])
def test_a_long_film_that_has_said_nothing_counts_by_its_length(is_running: bool) -> None:
    eta = job_eta(short_ones_and_a_long_one(is_running=is_running), 8.0)
    assert eta is not None
    assert eta.seconds >= 95.0  # at 10 seconds of media in one
    assert eta.spread is not None and eta.spread >= 5.0


def test_an_eta_doesnt_jump_and_its_spread_holds_what_is_new() -> None:
    state = job(**{f"t{number}": 10.0 for number in range(40)})
    for number in range(20):
        now = number + 1.0
        state = tick(advance(state, TaskEnded(f"t{number}", True, 1.0), now), now)
    before = job_eta(state, 20.0)
    # A file that turns out to be slow changes what is said bit by bit.
    event = TaskProgressed("t30", "t30.mov", 0.01, 1.0, 0.02, "n")
    state = advance(state, TaskStarted("t30", "t30.mov", "n", None), 15.0)
    state = tick(advance(state, event, 21.0), 21.0)
    after = job_eta(state, 21.0)
    assert before is not None and after is not None
    assert after.spread is not None
    assert after.seconds + after.spread >= 400
    assert after.seconds < 400


def test_a_spread_is_never_below_what_the_known_speeds_say() -> None:
    state = short_ones_and_a_long_one(is_running=False)
    eta = job_eta(state, 8.0)
    assert eta is not None and eta.spread is not None
    assert eta.spread >= 0.05 * eta.seconds
