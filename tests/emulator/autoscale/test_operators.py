from __future__ import annotations

import math
import operator
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from batchff.emulator.autoscale.errors import FormulaError
from batchff.emulator.autoscale.evaluation import evaluate
from batchff.emulator.autoscale.parser import parse
from tests.emulator.autoscale.situations import refusal, situation, value


@pytest.mark.parametrize(
    ("expression", "same_as"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("12 / 2 * 3", "(12 / 2) * 3"),
        ("10 - 4 - 3", "(10 - 4) - 3"),
        ("-2 * 3", "(-2) * 3"),
        ("-2 + 3", "(-2) + 3"),
        ("!0 + 1", "(!0) + 1"),
        ("1 + 1 < 3", "(1 + 1) < 3"),
        ("3 > 2 > 1", "(3 > 2) > 1"),
        ("1 < 2 == 1", "(1 < 2) == 1"),
        ("2 == 2 && 0 == 1", "(2 == 2) && (0 == 1)"),
        ("1 || 0 && 0", "1 || (0 && 0)"),
        ("0 || 1 ? 5 : 6", "(0 || 1) ? 5 : 6"),
        ("0 ? 1 : 0 ? 2 : 3", "0 ? 1 : (0 ? 2 : 3)"),
        ("1 ? 0 ? 1 : 2 : 3", "1 ? (0 ? 1 : 2) : 3"),
        ("-[4, 9][1]", "-([4, 9][1])"),
    ],
)
def test_operators_bind_as_in_c(expression: str, same_as: str) -> None:
    assert value(expression) == value(same_as)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("12 / 2 * 3", "18"),
        ("10 - 4 - 3", "3"),
        ("1 || 0 && 0", "1"),
        ("3 > 2 > 1", "0"),
        (".5 + 1.", "1.5"),
        ("1e3", "1000"),
        ("1 / 0", "Infinity"),
        ("-1 / 0", "-Infinity"),
        ("0 / 0", "NaN"),
        ("7 / 2", "3.5"),
        ("!3", "0"),
        ("!0", "1"),
        ("5 && 7", "1"),
        ("[1, 2, 3]", "[1,2,3]"),
        ("[1, [2, 3]]", "[1,2,3]"),
        ("[1, 2] + 1", "[2,3]"),
        ("[1, 2] * [3, 4]", "[3,8]"),
        ("[3, 5][1]", "5"),
        ('"b" > "a"', "1"),
        ('"a" == "a"', "1"),
        ('"taskcompletion" == taskcompletion', "1"),
        ("TimeInterval_Minute * 5", "00:05:00"),
        ("5 * TimeInterval_Minute", "00:05:00"),
        ("TimeInterval_Day + TimeInterval_Hour * 2", "1.02:00:00"),
        ("-TimeInterval_Second / 2", "-00:00:00.5000000"),
        ("TimeInterval_Week == 7 * TimeInterval_Day", "1"),
        ("TimeInterval_Second - TimeInterval_Millisecond", "00:00:00.9990000"),
        ("TimeInterval_Microsecond == 10 * TimeInterval_100ns", "1"),
        ("TimeInterval_Year > TimeInterval_Zero", "1"),
        ("time()", "2026-11-22T18:30:05.250Z"),
        ("time() + TimeInterval_Hour", "2026-11-22T19:30:05.250Z"),
        ("-6 * TimeInterval_Hour + time()", "2026-11-22T12:30:05.250Z"),
        ('time() - time("2026-11-22T18:00:00Z")', "00:30:05.2500000"),
        ('time("2026-11-22") < time()', "1"),
        ('time("2026")', "2026-01-01T00:00:00.000Z"),
        ('time("2026-11")', "2026-11-01T00:00:00.000Z"),
        ('time("2026-11-22T20:30+02:00")', "2026-11-22T18:30:00.000Z"),
        ('time("Sun, 22 Nov 2026 18:30:00 GMT")', "2026-11-22T18:30:00.000Z"),
        ('time("") == time()', "1"),
    ],
)
def test_values_and_operators(expression: str, result: str) -> None:
    assert value(expression) == result


@pytest.mark.parametrize(
    ("formula", "detail"),
    [
        ("x = 1 + nothing", "Line 1, Col 9: Undefined symbol: nothing"),
        ("$something_useless", "Line 1, Col 1: Undefined symbol: $something_useless"),
        ("x = 1;\ny = x +\n  gone;", "Line 3, Col 3: Undefined symbol: gone"),
        ("x = sqrt(4)", "Line 1, Col 5: There is no function 'sqrt'"),
        ("x = avg()", "Line 1, Col 5: avg needs 1 or more values, and got 0"),
        ("x = std(1)", "Line 1, Col 5: std needs 2 or more values, and got 1"),
        ("x = val([1], 1)", "Line 1, Col 5: There is no element 1 among 1"),
        ("x = [1][0 - 1]", "Line 1, Col 8: There is no element -1 among 1"),
        ("x = val(1, 1)", "Line 1, Col 5: val takes a doubleVec and a double"),
        ("x = percentile([1], 101)", None),
        ("x = percentile([], 50)", None),
        ("x = 1 + [1]", "Line 1, Col 7: '+' doesn't go between a double and a doubleVec"),
        ("x = [1] + [1, 2]", "Line 1, Col 9: '+' takes vectors of the same length"),
        ("x = [1] == [1]", "Line 1, Col 9: '==' doesn't go between a doubleVec and a doubleVec"),
        ("x = 1 + time()", "Line 1, Col 7: '+' doesn't go between a double and a timestamp"),
        ('x = "a" + "b"', None),
        ("x = time() - TimeInterval_Hour", None),
        ("x = 2 / TimeInterval_Hour", None),
        ('x = "1" ? 1 : 0', "Line 1, Col 9: A double is expected, not a string"),
        ("x = -time()", "Line 1, Col 5: '-' doesn't take a timestamp"),
        ("x = time().century", "Line 1, Col 12: A timestamp has no member 'century'"),
        ("x = 1; y = x.year", "Line 1, Col 14: A double has no member 'year'"),
        ("x = 1; y = x.GetSample(1)", "Line 1, Col 12: 'x' is not a metric"),
        ('x = time("yesterday")', None),
        ('x = time("2026-02-30")', None),
        ("x = time(1)", "Line 1, Col 5: time doesn't take such arguments"),
        ("x = TimeInterval_Year * 1e9", "Line 1, Col 23: The timeinterval is too long"),
        ("x = TimeInterval_Year / 0", "Line 1, Col 23: The timeinterval is too long"),
        ("x = time() + TimeInterval_Year * 9000", None),
        ("$CPUPercent = 1", "Line 1, Col 1: '$CPUPercent' can't be assigned to"),
        ("TimeInterval_Second = 1", "Line 1, Col 1: 'TimeInterval_Second' can't be assigned to"),
        ("requeue = 1", "Line 1, Col 1: 'requeue' can't be assigned to"),
    ],
)
def test_what_cannot_be_worked_out_says_where_and_why(formula: str, detail: str | None) -> None:
    code, found = refusal(formula)

    assert code == "AutoScalingFormulaEvaluationError"
    assert detail in (None, found)


def test_only_the_branch_that_is_taken_is_worked_out() -> None:
    assert value("1 ? 2 : avg()") == "2"
    assert value("0 && avg()") == "0"
    assert value("1 || avg()") == "1"


def test_a_long_sum_is_not_a_deep_one() -> None:
    assert value("1" + "+1" * 4000) == "4001"


_NUMBERS = st.floats(0, 1e6).map(lambda number: f"{number:f}")


def _joined(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    infix = st.tuples(children, st.sampled_from("+-*/"), children).map(" ".join)
    return infix | children.map(lambda inner: f"({inner})") | children.map(lambda it: f"- {it}")


@given(st.recursive(_NUMBERS, _joined, max_leaves=25))
@example("1 - 2 - 3 * - 4")
def test_arithmetic_comes_out_as_in_python(expression: str) -> None:
    try:
        expected = eval(expression)
    except ZeroDivisionError:
        expected = None
    try:
        formula = parse(f"x = {expression}")
    except FormulaError as error:
        assert "nest deeper" in error.detail
        return

    evaluation = evaluate(formula, situation())

    assert evaluation.error is None
    found = dict(evaluation.variables)["x"]
    assert isinstance(found, float)
    if expected is not None:
        assert found == expected or math.isnan(found) and math.isnan(expected)


_LOGIC: dict[str, Callable[[float, float], float]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "&&": lambda left, right: bool(left and right),
    "||": lambda left, right: bool(left or right),
}


_Worked = tuple[str, float]
"""An expression, and its value."""


def _compared(children: st.SearchStrategy[_Worked]) -> st.SearchStrategy[_Worked]:
    def join(left: _Worked, symbol: str, right: _Worked) -> _Worked:
        return f"({left[0]} {symbol} {right[0]})", _LOGIC[symbol](left[1], right[1])

    denied = children.map(lambda it: (f"!{it[0]}", float(not it[1])))
    return denied | st.builds(join, children, st.sampled_from(sorted(_LOGIC)), children)


@given(st.recursive(st.integers(0, 3).map(lambda it: (str(it), float(it))), _compared))
def test_logic_comes_out_as_in_python(worked: _Worked) -> None:
    expression, expected = worked
    assume(expression.count("(") + expression.count("!") < 30)

    assert value(expression) == f"{expected:.0f}"
