"""What operators do with values: the table "Operations" of the page, and nothing beyond it."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from batchff.emulator.autoscale.errors import EvaluationError, Position
from batchff.emulator.autoscale.values import (
    Interval,
    Timestamp,
    Value,
    double,
    interval,
    timestamp,
    type_of,
)


def _divide(left: float, right: float) -> float:
    """Divide as .NET does: by zero it gives an infinity, or NaN for zero."""
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_true(value: Value, at: Position) -> bool:
    """Test a double: zero is false. Raises EvaluationError for anything else."""
    return double(value, at) != 0


def unary(name: str, operand: Value, at: Position) -> Value:
    """Raises EvaluationError where the operator doesn't take such a value."""
    match name, operand:
        case "!", float():
            return float(not operand)
        case "-", float():
            return -operand
        case "-", Interval():
            return Interval(-operand.ticks)
    raise EvaluationError(f"'{name}' doesn't take a {type_of(operand)}", at)


def binary(name: str, left: Value, right: Value, at: Position) -> Value:
    """All but `&&` and `||`. Raises EvaluationError where the operator doesn't take such values."""
    if name in _COMPARISONS:
        if type(left) is type(right) and not isinstance(left, tuple):
            return float(_COMPARISONS[name](left, right))
        raise _mismatch(name, left, right, at)
    calculate = _ARITHMETIC[name]
    match left, right:
        case float(), float():
            return calculate(left, right)
        case tuple(), float():
            return tuple(calculate(item, right) for item in left)
        case tuple(), tuple():
            if len(left) != len(right):
                raise EvaluationError(f"'{name}' takes vectors of the same length", at)
            return tuple(map(calculate, left, right))
        case _:
            return _with_time(name, left, right, at)


def _with_time(name: str, left: Value, right: Value, at: Position) -> Value:
    match left, name, right:
        case (float() as factor, "*", Interval(ticks)) | (Interval(ticks), "*", float() as factor):
            return interval(ticks * factor, at)
        case Interval(ticks), "/", float():
            return interval(_divide(ticks, right), at)
        case Interval(ticks), "+", Interval(more):
            return interval(ticks + more, at)
        case Interval(ticks), "-", Interval(less):
            return interval(ticks - less, at)
        case (Timestamp(ticks), "+", Interval(more)) | (Interval(more), "+", Timestamp(ticks)):
            return timestamp(ticks + more, at)
        case Timestamp(ticks), "-", Timestamp(since):
            return interval(ticks - since, at)
    raise _mismatch(name, left, right, at)


def _mismatch(name: str, left: Value, right: Value, at: Position) -> EvaluationError:
    return EvaluationError(
        f"'{name}' doesn't go between a {type_of(left)} and a {type_of(right)}", at
    )
