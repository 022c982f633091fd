from __future__ import annotations

import pytest

from batchff.emulator.autoscale.samples import COUNTED, MEASURED, PERIOD, History
from batchff.emulator.state.times import DAY
from tests.emulator.autoscale.situations import NOW, refusal, situation, value

TEN = situation({"$RunningTasks": range(1, 11)})
"""Five minutes of samples; the last one is of now."""
LATE = situation({"$RunningTasks": range(1, 11)}, age=4)
"""The same, but the last one is two minutes old."""
NONE = situation()


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("GetSample(1)", "[10]"),
        ("GetSample(3)", "[8,9,10]"),
        ("GetSample(100)", "[1,2,3,4,5,6,7,8,9,10]"),
        ("GetSample(0)", "[]"),
        ("GetSample(TimeInterval_Minute)", "[9,10]"),
        ("GetSample(TimeInterval_Minute * 60)", "[1,2,3,4,5,6,7,8,9,10]"),
        ("GetSample(time() - time() + TimeInterval_Minute)", "[9,10]"),
        ("GetSample(time() + -TimeInterval_Minute)", "[9,10]"),
        ("GetSample(TimeInterval_Minute, 2 * TimeInterval_Minute)", "[7,8]"),
        ("GetSample(2 * TimeInterval_Minute, TimeInterval_Minute)", "[7,8]"),
        ("GetSample(TimeInterval_Minute * 0, TimeInterval_Minute)", "[9,10]"),
        ("GetSample(TimeInterval_Minute * 5, 100)", "[1,2,3,4,5,6,7,8,9,10]"),
        ("GetSample(TimeInterval_Minute, 3 * TimeInterval_Minute, 100)", "[5,6,7,8]"),
        ("GetSamplePercent(TimeInterval_Minute * 5)", "100"),
        ("GetSamplePercent(TimeInterval_Minute * 10)", "50"),
        ("GetSamplePercent(TimeInterval_Minute * 4, TimeInterval_Minute * 6)", "50"),
        ("GetSamplePeriod()", "00:00:30"),
        ("Count()", "10"),
        ("HistoryBeginTime()", "2026-11-22T18:25:35.250Z"),
        ("GetSample(1)[0]", "10"),
        ("HistoryBeginTime().minute", "25"),
    ],
)
def test_samples_are_there_for_the_asking(expression: str, result: str) -> None:
    assert value(f"$RunningTasks.{expression}", TEN) == result


def test_samples_that_are_late_lower_the_percentage() -> None:
    assert value("$RunningTasks.GetSample(1)", LATE) == "[10]", "however old it is"
    assert value("$RunningTasks.GetSample(TimeInterval_Minute)", LATE) == "[]"
    assert value("$RunningTasks.GetSamplePercent(TimeInterval_Minute * 5)", LATE) == "60"


def test_no_samples_at_all() -> None:
    assert value("$RunningTasks.GetSample(1)", NONE) == "[]"
    assert value("max(0, $RunningTasks.GetSample(1))", NONE) == "0"
    assert value("$RunningTasks.GetSamplePercent(TimeInterval_Minute)", NONE) == "0"
    assert value("$RunningTasks.Count()", NONE) == "0"


@pytest.mark.parametrize(
    ("formula", "detail"),
    [
        (
            "$RunningTasks.GetSample(10 * TimeInterval_Minute, 70)",
            "Line 1, Col 24: Insufficient data from data set: $RunningTasks"
            " wanted 70%, received 50%",
        ),
        (
            "x = avg($RunningTasks.GetSample(4*TimeInterval_Minute, 6*TimeInterval_Minute, 95))",
            "Line 1, Col 32: Insufficient data from data set: $RunningTasks"
            " wanted 95%, received 50%",
        ),
        ("x = $CPUPercent", "Line 1, Col 5: No data in data set: $CPUPercent"),
        (
            "x = $CPUPercent.HistoryBeginTime()",
            "Line 1, Col 33: No data in data set: $CPUPercent",
        ),
    ],
)
def test_too_few_samples_end_the_evaluation(formula: str, detail: str) -> None:
    assert refusal(formula, TEN) == ("InsufficientSampleData", detail)


@pytest.mark.parametrize(
    "call",
    [
        "GetSample()",
        'GetSample("a")',
        "GetSample(1, 2)",
        "GetSample(1, TimeInterval_Minute)",
        "GetSample(TimeInterval_Minute, TimeInterval_Minute, TimeInterval_Minute)",
        "GetSample(TimeInterval_Minute, TimeInterval_Minute, 1, 1)",
        "GetSamplePercent()",
        "GetSamplePercent(1)",
        "GetSamplePeriod(1)",
        "Sample()",
    ],
)
def test_methods_that_metrics_lack(call: str) -> None:
    assert refusal(f"x = $RunningTasks.{call}", TEN)[0] == "AutoScalingFormulaEvaluationError"


@pytest.mark.parametrize("metric", COUNTED + MEASURED)
def test_a_metric_alone_is_its_value_of_now(metric: str) -> None:
    given = situation({metric: [1, 2]}, counts={metric: 7})

    assert value(f"{metric} * 2", given) == "14"
    assert value(f"sum({metric}, {metric}.GetSample(2))", given) == "10"


def test_a_day_of_samples_is_kept() -> None:
    history = History()
    for age in reversed(range(2 * DAY // PERIOD)):
        history.add(NOW - age * PERIOD, {"$RunningTasks": float(age)})

    kept = history.of("$RunningTasks")
    assert len(kept) == 2880
    assert kept[-1] == (NOW, 0)
