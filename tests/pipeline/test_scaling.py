"""The formula of batchff's pools, worked out by the emulator's own language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from batchff.model.pools import PoolSpec
from batchff.pipeline.scaling import scaling_formula
from tests.emulator.autoscale.situations import scaled, situation

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
SAMPLES = 10
"""As many as the service takes in five minutes."""


def spec(
    nodes: int = 4, spot: int = 2, slots: int = 1, max_nodes: int = 0, fallback: bool = True
) -> PoolSpec:
    return PoolSpec("Standard_D4s_v5", nodes, spot, slots, "auto", max_nodes, fallback)


def targets(
    formula: str,
    *pending: float,
    current: Sequence[float] = (),
    preempted: Sequence[float] = (),
    dedicated: int = 0,
    spot: int = 0,
) -> tuple[int, int]:
    samples = {
        "$PendingTasks": pending,
        "$CurrentLowPriorityNodes": current or [spot] * len(pending),
        "$PreemptedNodeCount": preempted or [0] * len(pending),
    }
    evaluation = scaled(formula, situation(samples, dedicated, spot))
    assert evaluation.deallocation == "taskcompletion"
    return evaluation.target_dedicated, evaluation.target_low_priority


def test_a_new_pool_has_its_nodes_before_there_are_tasks() -> None:
    assert targets(scaling_formula(spec(), NOW)) == (4, 2)
    assert targets(scaling_formula(spec(), NOW), *[0] * SAMPLES) == (4, 2)


@pytest.mark.parametrize(("tasks", "expected"), [(1, (1, 0)), (9, (4, 1)), (99, (4, 2))])
def test_a_new_pool_has_no_more_nodes_than_the_tasks_that_are_to_come_need(
    tasks: int, expected: tuple[int, int]
) -> None:
    formula = scaling_formula(spec(slots=2), NOW, tasks)

    assert targets(formula) == expected
    assert targets(formula, *[99] * SAMPLES) == (4, 2), "another job's tasks wait too"


@pytest.mark.parametrize(
    ("slots", "pending", "expected"),
    [(1, 0, (0, 0)), (1, 1, (1, 0)), (1, 5, (4, 1)), (1, 900, (4, 2)), (4, 5, (2, 0))],
)
def test_later_it_has_what_its_tasks_need_and_none_without(
    slots: int, pending: int, expected: tuple[int, int]
) -> None:
    formula = scaling_formula(spec(slots=slots), BEFORE)

    assert targets(formula, *[pending] * SAMPLES, dedicated=4, spot=2) == expected


def test_it_goes_only_after_five_minutes_without_a_task() -> None:
    formula = scaling_formula(spec(), BEFORE)

    assert targets(formula, 9, *[0] * (SAMPLES - 1), dedicated=4, spot=2) == (4, 2)
    assert targets(formula, 9, *[0] * (SAMPLES + 2), dedicated=4, spot=2) == (0, 0)


def test_it_stays_as_it_is_while_nobody_knows_of_its_tasks() -> None:
    formula = scaling_formula(spec(), BEFORE)

    assert targets(formula, dedicated=3, spot=1) == (3, 1)
    assert targets(formula, 0, 0, dedicated=3, spot=1) == (3, 1)


@pytest.mark.parametrize(
    ("came", "expected"), [(8, (0, 8)), (7.4, (1, 7)), (3, (5, 3)), (0, (8, 0))]
)
def test_dedicated_nodes_take_over_for_spot_nodes_that_do_not_come(
    came: float, expected: tuple[int, int]
) -> None:
    formula = scaling_formula(spec(nodes=0, spot=8), BEFORE)

    for waiting in ([99] * 2 * SAMPLES, [99] * 99):
        assert targets(formula, *waiting, current=[came] * len(waiting), spot=8) == expected


def test_nobody_takes_over_while_tasks_have_not_waited_for_long() -> None:
    formula = scaling_formula(spec(nodes=0, spot=8), BEFORE)
    new = [0, *[99] * (2 * SAMPLES - 1)]

    assert targets(formula, *[99] * (SAMPLES + 3), current=[0], spot=8) == (0, 8)
    assert targets(formula, *new, current=[0] * len(new), spot=8) == (0, 8)


def test_what_is_preempted_for_less_than_half_of_the_time_is_waited_for() -> None:
    formula = scaling_formula(spec(nodes=0, spot=1), BEFORE)
    waiting = [9] * 2 * SAMPLES

    def after(*preempted: float) -> tuple[int, int]:
        there = [0] * (2 * SAMPLES - len(preempted))
        return targets(
            formula, *waiting, current=[1] * len(waiting), preempted=[*there, *preempted], spot=1
        )

    assert after(1, 1, 1, 1) == (0, 1)
    assert after(1, 1, 0, 1, 1, 0, 1, 1, 0, 1) == (1, 0), "preempted again and again"
    assert after(*[1] * SAMPLES) == (1, 0)


def test_spot_nodes_are_asked_for_besides_as_far_as_there_is_room() -> None:
    waiting = [99] * 2 * SAMPLES

    def among(most: int, came: int) -> tuple[int, int]:
        formula = scaling_formula(spec(nodes=1, spot=4, max_nodes=most), BEFORE)
        return targets(formula, *waiting, current=[came] * len(waiting), dedicated=1, spot=4)

    assert among(most=9, came=0) == (5, 4)
    assert among(most=7, came=0) == (5, 2)
    assert among(most=5, came=1) == (4, 1)
    assert among(most=9, came=4) == (1, 4), "they came back"


def test_no_more_take_over_than_the_tasks_need() -> None:
    formula = scaling_formula(spec(nodes=1, spot=4, slots=2), BEFORE)
    waiting = [5] * 2 * SAMPLES

    assert targets(formula, *waiting, current=[0] * len(waiting), spot=4) == (3, 2)


def test_without_fallback_a_pool_keeps_to_its_spot_nodes() -> None:
    formula = scaling_formula(spec(nodes=1, spot=4, max_nodes=9, fallback=False), BEFORE)
    waiting = [99] * 2 * SAMPLES

    assert targets(formula, *waiting, current=[0] * len(waiting), spot=4) == (1, 4)


def test_a_formula_is_as_short_as_the_service_wants_it() -> None:
    formula = scaling_formula(spec(9999, 9999, 256, 20_000), NOW, 10**9)

    assert len(formula.encode()) < 8 * 1024
