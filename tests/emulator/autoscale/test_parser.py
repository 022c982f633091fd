from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.autoscale.errors import FormulaError, FormulaSyntaxError, FormulaTooLong
from batchff.emulator.autoscale.evaluation import evaluate
from batchff.emulator.autoscale.parser import parse
from tests.emulator.autoscale.situations import BATCHFF, scaled, situation


@pytest.mark.parametrize(
    ("formula", "detail"),
    [
        ("", "Line 1, Col 1: A statement is missing"),
        (" // nothing\n ; ;", "Line 2, Col 5: A statement is missing"),
        ("x = ", "Line 1, Col 5: An expression is expected, not the end of the formula"),
        ("x = 1 +;", "Line 1, Col 8: An expression is expected, not ';'"),
        ("x = 1 y = 2", "Line 1, Col 7: ';' is expected, not 'y'"),
        ("x = (1", "Line 1, Col 7: ')' is expected, not the end of the formula"),
        ("x = [1, 2)", "Line 1, Col 10: ']' is expected, not ')'"),
        ("x = f(1,)", "Line 1, Col 9: An expression is expected, not ')'"),
        ("x = 1 ? 2", "Line 1, Col 10: ':' is expected, not the end of the formula"),
        ("x = $A.(1)", "Line 1, Col 8: A name is expected, not '('"),
        ("1 = 2", "Line 1, Col 3: ';' is expected, not '='"),
        ("x = 1;\n\n  y = 5 % 2", "Line 3, Col 9: Unexpected character '%'"),
        ('x = "open', "Line 1, Col 5: Unexpected character '\"'"),
        ("x = 1 & 2", "Line 1, Col 7: Unexpected character '&'"),
        ("x = é", "Line 1, Col 5: Unexpected character 'é'"),
        ("x = $", "Line 1, Col 5: Unexpected character '$'"),
    ],
)
def test_a_syntax_error_says_where_and_what(formula: str, detail: str) -> None:
    with pytest.raises(FormulaSyntaxError) as error:
        parse(formula)

    assert error.value.code == "AutoScalingFormulaSyntaxError"
    assert error.value.detail == detail


def test_comments_and_line_breaks_stand_anywhere() -> None:
    formula = """
        // Two nodes
        $TargetDedicatedNodes = 1 // and
            + 1; // no more

    """
    assert scaled(formula).target_dedicated == 2


def test_a_hundred_statements_are_taken_and_no_more() -> None:
    assert parse("x = 1;" * 100)
    with pytest.raises(FormulaSyntaxError, match="More than 100 statements"):
        parse("x = 1;" * 101)


def test_eight_kilobytes_are_taken_and_no_more() -> None:
    assert parse("x=1" + " " * 8189)
    with pytest.raises(FormulaTooLong) as error:
        parse("x=1" + " " * 8190)
    assert error.value.code == "AutoScalingFormulaTooLong"


@pytest.mark.parametrize("opening", ["(", "[", "-", "!", "f(", "1 ? ", "1 ? 1 : ", "x[", "$A.b("])
def test_nesting_has_a_limit(opening: str) -> None:
    with pytest.raises(FormulaSyntaxError, match="nest deeper than 30"):
        parse("x = " + opening * 1000)


def test_the_deepest_formula_can_be_worked_out() -> None:
    level = "0 || 0 && 1 == 0 < 0 + 1 * -("
    deepest = level * 14 + "1" + ")" * 14

    assert scaled(f"$TargetDedicatedNodes = {deepest}").target_dedicated in (0, 1)


_PIECES = """
    $PendingTasks $TargetDedicatedNodes $NodeDeallocationOption x y TimeInterval_Minute
    = ; + - * / < <= == && || ! ? : ( ) [ ] , . // 1 0 2.5 1e400 "a" taskcompletion
    .GetSample(1) .GetSample( .GetSamplePercent( .hour time() stop() rand() avg( val(
"""
_texts = st.lists(st.sampled_from(_PIECES.split()), max_size=40).map(" ".join)
_with_a_hole = st.tuples(st.integers(0, len(BATCHFF)), st.integers(1, 30)).map(
    lambda hole: BATCHFF[: hole[0]] + BATCHFF[sum(hole) :]
)


@given(_texts | _with_a_hole | st.text(max_size=60))
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    try:
        formula = parse(text)
    except FormulaError:
        return
    given_samples = situation({"$PendingTasks": [1, 2, 3]}, counts={"$PendingTasks": 3})
    assert evaluate(formula, given_samples).results
