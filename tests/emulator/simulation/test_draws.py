from __future__ import annotations

from statistics import quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchff.emulator.simulation.draws import draw, draw_seconds
from batchff.emulator.simulation.settings import Span


@given(st.integers(0), st.text(), st.text(), st.integers(0))
def test_a_draw_is_between_0_and_1_and_the_same_each_time(
    seed: int, job: str, task: str, number: int
) -> None:
    drawn = draw(seed, job, task, number)

    assert 0 < drawn < 1
    assert draw(seed, job, task, number) == drawn


def test_draws_differ_by_seed_and_by_each_part_of_what_they_are_for() -> None:
    subjects = [(0, "job", "task", 0), (1, "job", "task", 0), (0, "jobtask", "", 0)]
    subjects += [(0, "job", "task", 1), (0, "task", "job", 0), (0, "j", "obtask", 0)]

    assert len({draw(*subject) for subject in subjects}) == len(subjects)


def test_draws_are_spread_evenly() -> None:
    drawn = [draw(7, "job", f"task-{number}") for number in range(10_000)]

    assert quantiles(drawn, n=10) == pytest.approx([n / 10 for n in range(1, 10)], abs=0.015)


@settings(max_examples=20)
@given(st.floats(0.001, 1e6), st.floats(1.01, 1000), st.integers(0, 1000))
def test_nine_of_ten_times_lie_within_their_span(low: float, times: float, seed: int) -> None:
    span = Span(low, low * times)
    drawn = [draw_seconds(span, seed, number) for number in range(1000)]

    shorter = sum(seconds < span.low for seconds in drawn)
    longer = sum(seconds > span.high for seconds in drawn)

    assert 15 <= shorter <= 95
    assert 15 <= longer <= 95


def test_a_fixed_time_is_always_the_same() -> None:
    assert {draw_seconds(Span(90, 90), 0, number) for number in range(10)} == {90}


def test_half_of_the_times_are_shorter_than_the_geometric_mean() -> None:
    drawn = [draw_seconds(Span(30, 270), 0, number) for number in range(10_000)]

    assert quantiles(drawn, n=2) == pytest.approx([90], rel=0.03)
    assert quantiles(drawn, n=20)[0] == pytest.approx(30, rel=0.05)
    assert quantiles(drawn, n=20)[-1] == pytest.approx(270, rel=0.05)
