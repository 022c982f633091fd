"""The functions of formulas, but for those that need the situation: time, rand and stop."""

from __future__ import annotations

import math
from collections.abc import Callable

from batchff.emulator.autoscale.errors import EvaluationError, Position
from batchff.emulator.autoscale.values import Value, Vec, double, flatten, type_of, whole


def call(name: str, arguments: list[Value], at: Position) -> Value:
    """Raises EvaluationError: no such function, or not with such arguments."""
    if name in _OF_LISTS:
        least, function = _OF_LISTS[name]
        values = flatten(arguments, at)
        if len(values) < least:
            raise EvaluationError(f"{name} needs {least} or more values, and got {len(values)}", at)
        return float(function(values))
    if name in _OF_EACH:
        if len(arguments) == 1 and isinstance(arguments[0], float):
            return _OF_EACH[name](arguments[0])
        return tuple(_OF_EACH[name](item) for item in flatten(arguments, at))
    if name == "percentile":
        vector, rank = _vector_and_double(name, arguments, at)
        return percentile(vector, rank, at)
    if name == "val":
        vector, index = _vector_and_double(name, arguments, at)
        return element(vector, index, at)
    raise EvaluationError(f"There is no function '{name[:40]}'", at)


def element(vector: Value, index: Value, at: Position) -> float:
    """Give an element of a vector, counted from zero. Raises EvaluationError."""
    if not isinstance(vector, tuple):
        raise EvaluationError(f"A {type_of(vector)} has no elements", at)
    place = whole(index, at)
    if not 0 <= place < len(vector):
        raise EvaluationError(f"There is no element {place} among {len(vector)}", at)
    return vector[place]


def percentile(vector: Vec, rank: float, at: Position) -> float:
    """Give the element below or at which `rank` percent of a vector lie: the nearest rank."""
    if not vector or not 0 <= rank <= 100:
        raise EvaluationError("percentile needs a value and a rank from 0 to 100", at)
    return sorted(vector)[max(math.ceil(rank / 100 * len(vector)), 1) - 1]


def _vector_and_double(name: str, arguments: list[Value], at: Position) -> tuple[Vec, float]:
    if len(arguments) != 2 or not isinstance(arguments[0], tuple):
        raise EvaluationError(f"{name} takes a doubleVec and a double", at)
    return arguments[0], double(arguments[1], at)


def _average(values: Vec) -> float:
    return sum(values) / len(values)


def _deviation(values: Vec) -> float:
    mean = _average(values)
    differences = [value - mean for value in values]
    # Multiplied, not squared with **, which raises OverflowError where .NET gives an infinity.
    return math.sqrt(sum(each * each for each in differences) / (len(values) - 1))


_OF_LISTS: dict[str, tuple[int, Callable[[Vec], float]]] = {
    "avg": (1, _average),
    "len": (0, len),
    "max": (1, max),
    "min": (1, min),
    "norm": (0, lambda values: math.hypot(*values)),
    "range": (1, lambda values: max(values) - min(values)),
    "std": (2, _deviation),
    "sum": (0, sum),
}
"""By name: how few values will do, and what is made of them."""


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    def of(value: float) -> float:
        if value > 0:
            return function(value)
        return -math.inf if value == 0 else math.nan

    return of


def _rounded(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(function(value)) if math.isfinite(value) else value


_OF_EACH: dict[str, Callable[[float], float]] = {
    "ceil": _rounded(math.ceil),
    "floor": _rounded(math.floor),
    "lg": _logarithm(math.log2),
    "ln": _logarithm(math.log),
    "log": _logarithm(math.log10),
    "round": _rounded(round),
}
"""Of a double a double; of a doubleVecList a doubleVec, component by component."""
