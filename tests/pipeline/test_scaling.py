"""The formula of batchff's pools, worked out by the emulator's own language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchff.model import PoolSpec
from batchff.pipeline.scaling import scaling_formula
from tests.emulator.autoscale.situations import scaled, situation

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
SAMPLES = 10
"""As many as the service takes in five minutes."""


def spec(nodes: int = 4, spot: int = 2, slots: int = 1) -> PoolSpec:
    return PoolSpec("Standard_D4s_v5", nodes, spot, slots, "canonical:ubuntu-24_04-lts:server")


def targets(formula: str, *pending: float, dedicated: int = 0, spot: int = 0) -> tuple[int, int]:
    evaluation = scaled(formula, situation({"$PendingTasks": pending}, dedicated, spot))
    assert evaluation.deallocation == "taskcompletion"
    return evaluation.target_dedicated, evaluation.target_low_priority


def test_a_new_pool_has_its_nodes_before_there_are_tasks() -> None:
    assert targets(scaling_formula(spec(), NOW)) == (4, 2)
    assert targets(scaling_formula(spec(), NOW), *[0] * SAMPLES) == (4, 2)


@pytest.mark.parametrize(
    ("slots", "pending", "expected"),
    [(1, 0, (0, 0)), (1, 1, (1, 1)), (1, 3, (3, 2)), (1, 900, (4, 2)), (4, 5, (2, 2))],
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
