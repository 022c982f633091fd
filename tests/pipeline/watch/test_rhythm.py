from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchff.pipeline.watch.rhythm import Look, Rhythm
from tests.pipeline.clock import Time


def looks(rhythm: Rhythm, time: Time, seconds: float, *, tasks_run: bool) -> list[Look]:
    """Look once a second for so long."""
    found = []
    end = time.now + seconds
    while time.now < end:
        found.append(rhythm.next_look(tasks_run=tasks_run))
        time.pause(1)
    return found


def test_the_first_look_is_at_tasks_and_the_next_at_the_state() -> None:
    time = Time()
    rhythm = Rhythm(time)
    assert rhythm.next_look(tasks_run=False) is Look.AT_TASKS
    assert rhythm.next_look(tasks_run=False) is Look.AT_STATE


def test_while_tasks_run_checks_are_rare() -> None:
    time = Time()
    checks = [
        look for look in looks(Rhythm(time), time, 100, tasks_run=True) if look != Look.AT_TASKS
    ]
    assert 8 <= len(checks) <= 10


def test_while_none_runs_every_other_look_is_a_check_of_the_state_or_the_counts() -> None:
    time = Time()
    seen = looks(Rhythm(time), time, 8, tasks_run=False)
    assert seen == [Look.AT_TASKS, Look.AT_STATE, Look.AT_TASKS, Look.AT_COUNTS] * 2


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=2))
def test_however_slow_the_service_is_no_two_looks_in_a_row_pass_over_the_tasks(
    steps: list[tuple[float, bool]],
) -> None:
    time = Time()
    rhythm = Rhythm(time)
    seen = []
    for seconds, tasks_run in steps:
        seen.append(rhythm.next_look(tasks_run=tasks_run))
        time.pause(seconds)
    assert all(Look.AT_TASKS in pair for pair in zip(seen, seen[1:], strict=False))


@given(st.floats(0, 1000))
def test_after_a_look_at_nodes_they_rest_five_times_as_long_as_it_took(took: float) -> None:
    time = Time()
    rhythm = Rhythm(time)
    assert rhythm.may_look_at_nodes()
    time.pause(took)
    rhythm.looked_at_nodes()
    rest = max(1.0, took * 5)
    time.pause(rest * 0.99)
    assert not rhythm.may_look_at_nodes()
    time.pause(rest * 0.02)
    assert rhythm.may_look_at_nodes()


def test_while_tasks_run_nodes_are_only_shown_and_looked_at_once_in_two_seconds() -> None:
    time = Time()
    rhythm = Rhythm(time)
    assert rhythm.may_look_at_nodes(tasks_run=True)
    rhythm.looked_at_nodes()
    time.pause(1.9)
    assert not rhythm.may_look_at_nodes(tasks_run=True)
    assert rhythm.may_look_at_nodes()
    time.pause(0.2)
    assert rhythm.may_look_at_nodes(tasks_run=True)
