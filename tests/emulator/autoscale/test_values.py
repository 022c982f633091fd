from __future__ import annotations

from tests.emulator.autoscale.situations import refusal, value


def test_a_timestamp_has_members() -> None:
    members = ("year", "month", "day", "weekday", "hour", "minute", "second")
    found = ",".join(value(f"time().{name}") for name in members)
    assert found == "2026,11,22,0,18,30,5"
    assert value('time("2026-11-23").weekday') == "1", "a Monday"


def test_vectors_cannot_grow_without_end() -> None:
    doubling = "v = [1, 1];" + "v = ln(v, v);" * 90

    code, detail = refusal(doubling)

    assert code == "AutoScalingFormulaEvaluationError"
    assert detail.endswith("A doubleVec holds at most 4000 values")
