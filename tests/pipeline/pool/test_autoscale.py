"""The formula of batchff's pools, worked out by the emulator's own language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from batchff.emulator.autoscale.evaluation import Evaluation
from batchff.emulator.state.times import SECOND
from batchff.model.pools import PoolSpec
from batchff.pipeline.pool.autoscale import emptying_formula, resting_formula, scaling_formula
from tests.emulator.autoscale.situations import NOW as EVALUATED
from tests.emulator.autoscale.situations import scaled, situation

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)
SAMPLES = 10
"""As many as the service takes in five minutes."""
HOUR, SEVENTY_PERCENT = 120, 84
"""As many as it takes in an hour, and the fewest of these that are relied on."""


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
    large = spec(9999, 9999, 256, 20_000)
    for formula in (
        scaling_formula(large, NOW, 10**9),
        emptying_formula(large, NOW),
        resting_formula(large, NOW),
    ):
        assert len(formula.encode()) < 8 * 1024
        assert formula.count(";") <= 100, "statements"


def last_hour(
    formula: str,
    *,
    waiting: Sequence[float] = (2,),
    running: Sequence[float] = (0,),
    nodes: Sequence[float] = (1,),
    spot: Sequence[float] = (0,),
    preempted: Sequence[float] = (0,),
    target: int = 1,
    samples: int = HOUR,
    later: timedelta = timedelta(),
) -> Evaluation:
    """Work a formula out after an hour of such samples; a series is filled up with its first."""

    def filled(series: Sequence[float]) -> list[float]:
        return [*[series[0]] * (samples - len(series)), *series]

    pending = [one + two for one, two in zip(filled(waiting), filled(running), strict=True)]
    series = {
        "$ActiveTasks": filled(waiting),
        "$RunningTasks": filled(running),
        "$PendingTasks": pending,
        "$CurrentDedicatedNodes": filled(nodes),
        "$CurrentLowPriorityNodes": filled(spot),
        "$PreemptedNodeCount": filled(preempted),
    }
    now = EVALUATED + round(later.total_seconds()) * SECOND
    return scaled(formula, situation(series, target, 0, now=now))


def gives_up(evaluation: Evaluation) -> bool:
    """Whether a pool has no nodes because it gave up; it says so itself."""
    none = (evaluation.target_dedicated, evaluation.target_low_priority) == (0, 0)
    assert none == (dict(evaluation.variables)["hasGivenUp"] == 1)
    return none


def test_a_pool_gives_up_after_an_hour_of_nodes_on_which_no_task_ran() -> None:
    formula = scaling_formula(spec(), BEFORE)

    assert gives_up(last_hour(formula))
    assert gives_up(last_hour(formula, nodes=[0], spot=[2], preempted=[1])), "one was there"
    assert gives_up(last_hour(formula, samples=SEVENTY_PERCENT))


def test_a_pool_does_not_give_up_while_it_may_yet_work() -> None:
    formula = scaling_formula(spec(), BEFORE)
    most = HOUR - 1

    assert not gives_up(last_hour(formula, samples=SEVENTY_PERCENT - 1)), "too few samples"
    assert not gives_up(last_hour(formula, running=[1])), "tasks take long"
    assert not gives_up(last_hour(formula, running=[1, *[0] * most])), "one has run"
    assert not gives_up(last_hour(formula, running=[*[0] * most, 1])), "one runs at last"
    assert not gives_up(last_hour(formula, waiting=[0, *[2] * most])), "none waited at first"
    assert not gives_up(last_hour(formula, nodes=[0, *[9] * most])), "no node was there at first"
    assert not gives_up(last_hour(formula, nodes=[0])), "none came"
    gone = last_hour(formula, nodes=[0], spot=[2], preempted=[1, 2, 1])
    assert not gives_up(gone), "the Spot nodes weren't there for a while"


def test_a_pool_does_not_give_up_in_the_first_hour_of_a_formula() -> None:
    assert not gives_up(last_hour(scaling_formula(spec(), BEFORE + timedelta(minutes=1))))
    assert not gives_up(last_hour(scaling_formula(spec(), NOW)))


def test_a_pool_without_spot_nodes_needs_no_samples_of_them() -> None:
    formula = scaling_formula(spec(spot=0), BEFORE)
    series = {
        name: [value] * HOUR
        for name, value in {
            "$ActiveTasks": 1,
            "$RunningTasks": 0,
            "$PendingTasks": 1,
            "$CurrentDedicatedNodes": 1,
        }.items()
    }

    assert gives_up(scaled(formula, situation(series, 1, 0)))


def test_a_pool_that_gave_up_tries_again_once_in_six_hours() -> None:
    formula = scaling_formula(spec(), BEFORE - timedelta(days=1))

    def without(minutes: int) -> bool:
        after = last_hour(formula, nodes=[0], target=0, later=timedelta(minutes=minutes))
        return gives_up(after)

    day = range(-30, 24 * 60 - 30, 5)  # from 18:00 on
    tries = [minutes for minutes in day if not without(minutes)]
    # A try is one evaluation in a quarter of an hour: then the pool isn't without nodes any more.
    quarters = [range(start, start + 15, 5) for start in (270, 630, 990, 1350)]
    assert tries == [minutes for quarter in quarters for minutes in quarter], "at 23, 5, 11 and 17"


def test_a_pool_that_gave_up_has_nodes_for_tasks_that_come_when_the_others_are_gone() -> None:
    formula = scaling_formula(spec(), BEFORE)
    came = [*[0] * 4, *[2] * 3]

    assert gives_up(last_hour(formula, nodes=[0], target=0))
    assert not gives_up(last_hour(formula, waiting=[2, *came], nodes=[0], target=0))


def test_a_pool_that_rests_has_no_nodes_while_the_same_tasks_wait() -> None:
    formula = resting_formula(spec(), NOW)

    assert gives_up(last_hour(formula, running=[1], samples=3)), "at once, whatever is known"
    assert gives_up(last_hour(formula, waiting=[0], target=0, later=timedelta(minutes=55)))
    for hours in range(1, 24):
        later = timedelta(hours=hours)
        assert gives_up(last_hour(formula, nodes=[0], target=0, later=later)), "no try"
        other = last_hour(formula, waiting=[0, 2], nodes=[0], target=0, later=later)
        assert not gives_up(other), "other tasks"


def test_a_pool_that_is_emptied_has_nodes_when_tasks_come() -> None:
    formula = emptying_formula(spec(), NOW)
    waits = [9] * SAMPLES

    def after(minutes: int, *pending: float) -> tuple[int, int]:
        now = EVALUATED + minutes * 60 * SECOND
        given = situation({"$PendingTasks": pending}, 4, 2, now=now)
        evaluation = scaled(formula, given)
        return evaluation.target_dedicated, evaluation.target_low_priority

    assert after(0) == after(0, *waits) == (0, 0), "also while the job's tasks are remembered"
    assert after(5, *[0] * SAMPLES) == (0, 0)
    assert after(5, *waits) == (4, 2)
