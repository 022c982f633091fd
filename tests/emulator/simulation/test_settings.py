from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.simulation.settings import (
    Simulation,
    Span,
    chosen_simulation,
    options_of,
    read_simulation,
)

SECONDS = st.integers(1, 365 * 86_400_000).map(lambda milliseconds: milliseconds / 1000)
SPANS = st.lists(SECONDS, min_size=2, max_size=2).map(lambda ends: Span(*sorted(ends)))
SIMULATIONS = st.builds(
    Simulation,
    seed=st.integers(0),
    task_time=SPANS,
    task_failures=st.floats(0, 1),
    node_boot_time=SPANS,
    preemptions=st.floats(0, 60),
    clock_speed=st.floats(1, 10_000),
    output_size=st.integers(0, 1 << 30),
)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", Span(90, 90)),
        ("90", Span(90, 90)),
        ("0s", Span(0, 0)),
        ("30s..5m", Span(30, 300)),
        ("1.5h..2d", Span(5400, 172_800)),
    ],
)
def test_a_time_is_fixed_or_lies_between_two(text: str, span: Span) -> None:
    assert read_simulation({"task_time": text}).task_time == span


@pytest.mark.parametrize(
    ("setting", "text", "complaint"),
    [
        ("task_time", "soon", "--task-time: 'soon' is no time; write it as 90s, 5m or 2h"),
        ("task_time", "30s..", "--task-time: '' is no time"),
        ("task_time", "5m..30s", "--task-time: '5m..30s' doesn't go from a shorter time to a"),
        ("task_time", "0s..5m", "--task-time: '0s..5m' doesn't go from"),
        ("node_boot_time", "-1s", "--node-boot-time: '-1s' is no time"),
        ("node_boot_time", "400d", "--node-boot-time: '400d' is no time"),
        ("task_failures", "2%", "--task-failures: '2%' is no number from 0 to 1"),
        ("task_failures", "1.1", "--task-failures: '1.1' is no number from 0 to 1"),
        ("preemptions", "nan", "--preemptions: 'nan' is no number from 0 to 60"),
        ("unusable_preemptions", "2", "--unusable-preemptions: '2' is no number from 0 to 1"),
        ("clock_speed", "0", "--clock-speed: '0' is no number from 1 to 10000"),
        ("output_size", "2G", "--output-size: '2G' is no size up to 1G; write it as 4096, 64K"),
        ("output_size", "64k", "--output-size: '64k' is no size up to 1G"),
        ("seed", "-1", "--seed: '-1' is no whole number"),
        ("seed", "x", "--seed: 'x' is no whole number"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_option(
    setting: str, text: str, complaint: str
) -> None:
    with pytest.raises(ValueError) as error:
        read_simulation({setting: text})
    assert str(error.value).startswith(complaint)


def test_a_setting_goes_with_simulate_only() -> None:
    assert chosen_simulation(False, {"seed": None, "task_time": None}) is None
    with pytest.raises(ValueError, match="^--task-time goes with --simulate$"):
        chosen_simulation(False, {"seed": None, "task_time": "90s"})


def test_what_is_left_out_is_the_default() -> None:
    assert chosen_simulation(True, {"seed": None, "task_time": None}) == Simulation()
    assert options_of(None) == []


@given(SIMULATIONS)
def test_settings_come_through_a_command_line_and_through_json_unchanged(
    simulation: Simulation,
) -> None:
    options = dict(option[2:].split("=") for option in options_of(simulation) if "=" in option)
    settings = {name.replace("-", "_"): value for name, value in options.items()}

    assert chosen_simulation(True, settings) == simulation
    assert read_simulation(simulation.document()) == simulation


def test_a_simulation_says_what_it_does() -> None:
    assert str(Simulation(task_failures=0.02, preemptions=0.5, clock_speed=1000)) == (
        "tasks take 30s..5m, 2% of their tries fail; nodes boot in 90s, Spot nodes are preempted"
        " 0.5 times an hour, 50% of them unusable first; the clock runs 1000 times as"
        " fast; seed 0; no outputs"
    )
