"""The values of parameters: which can be, how they are read, how arguments show them."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from decimal import Decimal

from batchff.ffmpeg.presets.errors import ParameterError
from batchff.ffmpeg.presets.model import Condition, Kind, Parameter, Preset, Value
from batchff.model.duration import parse_duration

SAFE_TEXT = re.compile(r"[A-Za-z0-9 ._-]{0,100}")
"""Texts that mean the same in a filter, in a name and alone."""


def read_settings(settings: Mapping[str, str | Value], preset: Preset) -> dict[str, Value]:
    """Return each parameter's value: the one that is set, else its default.

    Raises ParameterError for a parameter that there isn't, or a value that can't be.
    """
    parameters = preset.parameters
    for name in settings:
        if name not in parameters:
            near = difflib.get_close_matches(name, parameters, n=1)
            known = f"it has: {', '.join(parameters)}" if parameters else "it has none"
            hint = f"did you mean {near[0]}?" if near else known
            raise ParameterError(f"preset {preset.name} has no parameter '{name}'", hint=hint)
    values = {name: parameter.default for name, parameter in parameters.items()}
    for name, given in settings.items():
        try:
            values[name] = read_value(parameters[name], given)
        except ValueError as error:
            said = f"preset {preset.name}: {name} must be {error}, not '{given}'"
            hint = f"it's {parameters[name].help}" if parameters[name].help else ""
            raise ParameterError(said, hint=hint) from None
    return values


def read_value(parameter: Parameter, given: Value) -> Value:
    """Return a value as the parameter's type has it; raise ValueError that says what it can be."""
    text = str(given).strip()
    if parameter.kind is Kind.CHOICE:
        if text not in parameter.choices:
            raise ValueError(values_text(parameter))
        return text
    if parameter.kind is Kind.TEXT:
        if not SAFE_TEXT.fullmatch(text):
            raise ValueError(values_text(parameter))
        return text
    number = _number(parameter.kind, text)
    least = -math.inf if parameter.least is None else parameter.least
    most = math.inf if parameter.most is None else parameter.most
    if number is None or not least <= number <= most:
        raise ValueError(values_text(parameter))
    return number


def _number(kind: Kind, text: str) -> int | float | None:
    try:
        if kind is Kind.INTEGER:
            return int(text)
        number = parse_duration(text).total_seconds() if kind is Kind.DURATION else float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def values_text(parameter: Parameter) -> str:
    """Return which values a parameter takes, for people."""
    if parameter.kind is Kind.CHOICE:
        return f"one of {', '.join(parameter.choices)}"
    if parameter.kind is Kind.TEXT:
        return "up to 100 letters, digits, blanks, dots, dashes and underscores"
    kinds = {Kind.INTEGER: "a whole number", Kind.DURATION: "a duration as 10s or 2m"}
    what = kinds.get(parameter.kind, "a number")
    least, most = parameter.least, parameter.most
    if least is not None and most is not None:
        return f"{what} from {plain(least)} to {plain(most)}"
    if least is not None:
        return f"{what} of {plain(least)} or more"
    return what if most is None else f"{what} up to {plain(most)}"


def plain(value: Value) -> str:
    """Return a value as arguments show it: numbers without an exponent."""
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Return whether a condition holds of the values."""
    value = values[condition.parameter]
    if not condition.operator:
        return value not in (0, "", "no")
    if condition.operator in ("=", "!="):
        same = plain(value) == condition.value or _as_number(value) == _as_number(condition.value)
        return same == (condition.operator == "=")
    left, right = _as_number(value), _as_number(condition.value)
    above, equal = left > right, left == right
    operators = {">": above, ">=": above or equal, "<": not above and not equal, "<=": not above}
    return operators[condition.operator]


def _as_number(value: Value) -> float:
    """Return a value for comparing; not a number where it's a word."""
    try:
        return float(value)
    except ValueError:
        return math.nan
