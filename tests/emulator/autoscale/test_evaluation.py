"""Whole formulas, among them those that Microsoft's page shows, by their idea."""

from __future__ import annotations

import pytest

from tests.emulator.autoscale.situations import BATCHFF, NOW, refusal, scaled, situation

HOUR = 3600 * 10_000_000


@pytest.mark.parametrize(
    ("pending", "nodes"),
    [([], 0), ([3], 3), ([50], 8), ([5, 4, 4, 2, 1, 0], 5), ([9] + [0] * 6, 0)],
)
def test_batchff_follows_its_tasks(pending: list[float], nodes: int) -> None:
    evaluation = scaled(BATCHFF, situation({"$PendingTasks": pending}, dedicated=4))

    assert (evaluation.target_dedicated, evaluation.deallocation) == (nodes, "taskcompletion")


WAITING = """
first = 1;
most = 25;
known = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);
wanted = known < 70 ? first : avg($PendingTasks.GetSample(180 * TimeInterval_Second));
$TargetDedicatedNodes = min(most, wanted);
"""


@pytest.mark.parametrize(
    ("pending", "nodes"), [([], 1), ([40] * 4, 1), ([40] * 6, 25), ([2, 2, 2, 4, 4, 4], 3)]
)
def test_as_many_nodes_as_tasks_on_average(pending: list[float], nodes: int) -> None:
    assert scaled(WAITING, situation({"$PendingTasks": pending})).target_dedicated == nodes


PREEMPTED = """
most = 25;
$TargetDedicatedNodes = min(most, $PreemptedNodeCount.GetSample(180 * TimeInterval_Second));
$TargetLowPriorityNodes = min(most, most - $TargetDedicatedNodes);
$NodeDeallocationOption = taskcompletion;
"""


def test_a_dedicated_node_for_each_that_was_preempted() -> None:
    evaluation = scaled(PREEMPTED, situation({"$PreemptedNodeCount": [2] * 6}, low_priority=25))

    assert (evaluation.target_dedicated, evaluation.target_low_priority) == (2, 23)


BUSY = """
$total = (min($CPUPercent.GetSample(TimeInterval_Minute * 10)) > 0.7) ?
    ($CurrentDedicatedNodes * 1.1) : $CurrentDedicatedNodes;
$total = (avg($CPUPercent.GetSample(TimeInterval_Minute * 60)) < 0.2) ?
    ($CurrentDedicatedNodes * 0.9) : $total;
$TargetDedicatedNodes = min(400, $total)
"""


@pytest.mark.parametrize(("load", "nodes"), [(0.9, 22), (0.5, 20), (0.1, 18)])
def test_more_nodes_when_they_are_busy_and_fewer_when_not(load: float, nodes: int) -> None:
    given = situation({"$CPUPercent": [load] * 120}, counts={"$CurrentDedicatedNodes": 20})

    assert scaled(BUSY, given).target_dedicated == nodes


MONDAYS = "$TargetDedicatedNodes = (time().weekday == 1 ? 5:1);"
OFFICE = """
$now = time();
$hours = $now.hour >= 8 && $now.hour < 18;
$weekday = $now.weekday >= 1 && $now.weekday <= 5;
$working = $hours && $weekday;
$TargetDedicated = $working ? 20:10;
"""


@pytest.mark.parametrize(
    ("hours", "on_mondays", "in_the_office"), [(0, 1, 10), (6, 5, 10), (16, 5, 20), (24, 5, 10)]
)
def test_by_day_and_hour(hours: int, on_mondays: int, in_the_office: int) -> None:
    later = situation(now=NOW + hours * HOUR)

    assert scaled(MONDAYS, later).target_dedicated == on_mondays
    assert scaled(OFFICE, later).target_dedicated == in_the_office


def test_the_results_name_every_variable() -> None:
    assert scaled(OFFICE, situation(low_priority=2)).results == (
        "$TargetDedicatedNodes=10;$TargetLowPriorityNodes=2;$NodeDeallocationOption=requeue;"
        "$hours=0;$now=2026-11-22T18:30:05.250Z;$weekday=0;$working=0"
    )


TASKS = """
// What waits, over the last quarter of an hour.
$known = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $known < 70 ? max(0, $PendingTasks.GetSample(1)) :
    max($PendingTasks.GetSample(1), avg($PendingTasks.GetSample(TimeInterval_Minute * 15)));
$wanted = $tasks > 0 ? $tasks : max(0, $TargetDedicatedNodes / 2);
$TargetDedicatedNodes = max(0, min($wanted, 20));
$NodeDeallocationOption = taskcompletion;
"""


@pytest.mark.parametrize(
    ("pending", "before", "nodes"),
    [([], 9, 4), ([], 0, 0), ([3], 9, 3), ([100], 9, 20), ([30] * 20 + [0] * 10, 1, 20)],
)
def test_half_as_many_nodes_once_nothing_waits(
    pending: list[float], before: int, nodes: int
) -> None:
    given = situation({"$PendingTasks": pending}, dedicated=before)

    assert scaled(TASKS, given).target_dedicated == nodes


SLOTS = """
$known = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $known < 70 ? max(0, $ActiveTasks.GetSample(1)) :
    max($ActiveTasks.GetSample(1), avg($ActiveTasks.GetSample(TimeInterval_Minute * 15)));
$slots = $TargetDedicatedNodes * 4;
$more = (($tasks - $slots) + 3) / 4;
$wanted = ($TargetDedicatedNodes + $more);
$TargetDedicatedNodes = max(0, min($wanted, 3));
"""


@pytest.mark.parametrize(("active", "nodes"), [(0, 0), (1, 1), (4, 1), (5, 2), (9, 3), (90, 3)])
def test_a_node_for_every_four_tasks_rounded_up(active: int, nodes: int) -> None:
    given = situation({"$ActiveTasks": [active]}, dedicated=1)

    assert scaled(SLOTS, given).target_dedicated == nodes


FIRST = """
    $TargetDedicatedNodes = 4;
    lifespan         = time() - time("Sun, 22 Nov 2026 18:00:00 GMT");
    span             = TimeInterval_Minute * 60;
    startup          = TimeInterval_Minute * {startup};
    ratio            = 50;
    $TargetDedicatedNodes = (lifespan > startup ? (max($RunningTasks.GetSample(span, ratio),
        $ActiveTasks.GetSample(span, ratio)) == 0 ? 0 : $TargetDedicatedNodes) : 4);
"""


def test_a_size_to_begin_with() -> None:
    young = FIRST.format(startup=45)
    old = FIRST.format(startup=10)
    idle = situation({"$RunningTasks": [0] * 60, "$ActiveTasks": [0] * 60})
    busy = situation({"$RunningTasks": [1] * 60, "$ActiveTasks": [0] * 60})

    assert scaled(young).target_dedicated == 4
    assert scaled(old, idle).target_dedicated == 0
    assert scaled(old, busy).target_dedicated == 4
    assert refusal(old)[0] == "InsufficientSampleData"


def test_no_change() -> None:
    given = situation(dedicated=7, counts={"$CurrentDedicatedNodes": 7})

    assert scaled("$TargetDedicatedNodes = $CurrentDedicatedNodes;", given).target_dedicated == 7
    assert scaled("$TargetDedicated = $CurrentDedicated", given).target_dedicated == 7
    assert scaled("x = 1", given).target_dedicated == 7


def test_a_full_name_wins_over_its_alias() -> None:
    both = scaled("$TargetDedicatedNodes = 1; $TargetDedicated = 2; $TargetLowPriority = 3;")

    assert (both.target_dedicated, both.target_low_priority) == (1, 3)


def test_stop_keeps_what_was_set_before() -> None:
    formula = "$TargetDedicatedNodes = 3; $TargetDedicatedNodes > 2 ? stop() : 0; a = 1"

    assert scaled(formula).results.startswith("$TargetDedicatedNodes=3;")
    assert scaled(formula).variables == ()


@pytest.mark.parametrize("option", ["requeue", "terminate", "taskcompletion", "retaineddata"])
def test_what_becomes_of_tasks_is_named(option: str) -> None:
    assert scaled(f"$NodeDeallocationOption = {option}").deallocation == option
    assert scaled(f'how = "{option}"; $NodeDeallocationOption = how').deallocation == option


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("$TargetDedicatedNodes = -1", "must be from 0 to 10000, not -1"),
        ("$TargetLowPriorityNodes = 1 / 0", "A finite number is expected, not Infinity"),
        ("$TargetDedicated = 1e9", "must be from 0 to 10000, not 1000000000"),
        ("$TargetDedicatedNodes = [1]", "A double is expected, not a doubleVec"),
        ("$NodeDeallocationOption = 1", "must be one of requeue, terminate,"),
        ('$NodeDeallocationOption = "later"', "must be one of requeue, terminate,"),
    ],
)
def test_targets_that_cannot_be(formula: str, reason: str) -> None:
    code, detail = refusal(formula)

    assert code == "AutoScalingFormulaEvaluationError"
    assert reason in detail
