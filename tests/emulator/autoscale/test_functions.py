from __future__ import annotations

import pytest

from tests.emulator.autoscale.situations import value


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("avg(1, 2, 6)", "3"),
        ("avg([1, 2], 6)", "3"),
        ("len()", "0"),
        ("len([1, 2], 3)", "3"),
        ("max(1, [5, 2])", "5"),
        ("min(1, [5, 2])", "1"),
        ("sum()", "0"),
        ("sum([1, 2], 3)", "6"),
        ("range(3, 8, 5)", "5"),
        ("norm(3, 4)", "5"),
        ("std(2, 4)", "1.4142135623730951"),
        ("lg(8)", "3"),
        ("ln(1)", "0"),
        ("log(1000)", "3"),
        ("log([10, 100])", "[1,2]"),
        ("lg(2, 4)", "[1,2]"),
        ("ln(0)", "-Infinity"),
        ("ln(-1)", "NaN"),
        ("ceil(1.2)", "2"),
        ("floor(-1.2)", "-2"),
        ("round(1.6)", "2"),
        ("round([0.4, 2.6])", "[0,3]"),
        ("percentile([4, 1, 3, 2], 50)", "2"),
        ("percentile([4, 1, 3, 2], 0)", "1"),
        ("percentile([4, 1, 3, 2], 100)", "4"),
        ("val([4, 1], 1)", "1"),
        ("rand()", "0.5"),
    ],
)
def test_functions(expression: str, result: str) -> None:
    assert value(expression) == result
