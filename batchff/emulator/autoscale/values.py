"""The values of formulas: double, doubleVec, string, timestamp and timeinterval."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from batchff.emulator.autoscale.errors import EvaluationError, Position
from batchff.emulator.state.times import (
    DAY,
    SECOND,
    parse_http_date,
    parse_time,
    to_datetime,
)

LONGEST_VECTOR = 4_000
"""More than there are samples; it keeps a formula from filling the memory, and its time short."""

_W3C_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?\S*)?)?)?")
_EARLIEST, _LATEST = parse_time("0001-01-01"), parse_time("9999-12-31T23:59:59")
_LONGEST = _LATEST - _EARLIEST


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A moment, in ticks of 100 ns since 1970."""

    ticks: int


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A length of time, in ticks of 100 ns."""

    ticks: int


Vec: TypeAlias = tuple[float, ...]
Value: TypeAlias = float | Vec | str | Timestamp | Interval

INTERVALS = {
    "TimeInterval_Zero": Interval(0),
    "TimeInterval_100ns": Interval(1),
    "TimeInterval_Microsecond": Interval(10),
    "TimeInterval_Millisecond": Interval(SECOND // 1000),
    "TimeInterval_Second": Interval(SECOND),
    "TimeInterval_Minute": Interval(60 * SECOND),
    "TimeInterval_Hour": Interval(3600 * SECOND),
    "TimeInterval_Day": Interval(DAY),
    "TimeInterval_Week": Interval(7 * DAY),
    "TimeInterval_Year": Interval(365 * DAY),
}


def type_of(value: Value) -> str:
    """Name a value's type as the page does."""
    match value:
        case float():
            return "double"
        case tuple():
            return "doubleVec"
        case str():
            return "string"
        case Timestamp():
            return "timestamp"
        case Interval():
            return "timeinterval"


def double(value: Value, at: Position) -> float:
    """Take a value for a double. Raises EvaluationError."""
    if not isinstance(value, float):
        raise EvaluationError(f"A double is expected, not a {type_of(value)}", at)
    return value


def whole(value: Value, at: Position) -> int:
    """Take a double for a whole number, without its fraction. Raises EvaluationError."""
    number = double(value, at)
    if not math.isfinite(number):
        raise EvaluationError(f"A finite number is expected, not {format_value(number)}", at)
    return int(number)


def flatten(values: list[Value], at: Position) -> Vec:
    """Make one doubleVec of a doubleVecList. Raises EvaluationError."""
    flat: list[float] = []
    for value in values:
        if isinstance(value, tuple):
            flat.extend(value)
        else:
            flat.append(double(value, at))
        if len(flat) > LONGEST_VECTOR:
            raise EvaluationError(f"A doubleVec holds at most {LONGEST_VECTOR} values", at)
    return tuple(flat)


def interval(ticks: float, at: Position) -> Interval:
    """Make a timeinterval. Raises EvaluationError where none is so long."""
    if not abs(ticks) <= _LONGEST:
        raise EvaluationError("The timeinterval is too long", at)
    return Interval(round(ticks))


def timestamp(ticks: int, at: Position) -> Timestamp:
    """Make a timestamp. Raises EvaluationError where it lies outside the years 1 to 9999."""
    if not _EARLIEST <= ticks <= _LATEST:
        raise EvaluationError("The timestamp lies outside the years 1 to 9999", at)
    return Timestamp(ticks)


def read_timestamp(text: str, at: Position) -> Timestamp:
    """Read a time in W3C-DTF or as in RFC 1123. Raises EvaluationError."""
    try:
        if _W3C_DATE.fullmatch(text):
            missing = {4: "-01-01", 7: "-01"}.get(len(text), "")
            return timestamp(parse_time(text + missing), at)
        return timestamp(parse_http_date(text), at)
    except (ValueError, OverflowError):
        raise EvaluationError(f"'{text[:40]}' is not a time in W3C-DTF or RFC 1123", at) from None


def member(value: Value, name: str, at: Position) -> float:
    """Give a member of a timestamp. Raises EvaluationError."""
    if not isinstance(value, Timestamp):
        raise EvaluationError(f"A {type_of(value)} has no member '{name}'", at)
    moment: datetime = to_datetime(value.ticks)
    match name:
        case "weekday":
            # The page gives 1 to Monday; that Sunday is 0 is how .NET counts.
            return float(moment.isoweekday() % 7)
        case "year" | "month" | "day" | "hour" | "minute" | "second":
            return float(getattr(moment, name))
    raise EvaluationError(f"A timestamp has no member '{name}'", at)


def format_value(value: Value) -> str:
    """Write a value as the results of a run do."""
    match value:
        case float():
            return _format_double(value)
        case tuple():
            return f"[{','.join(_format_double(item) for item in value)}]"
        case str():
            return value
        case Timestamp():
            return f"{to_datetime(value.ticks):%Y-%m-%dT%H:%M:%S}.{_milliseconds(value):03d}Z"
        case Interval():
            return _format_interval(value)


def _milliseconds(value: Timestamp) -> int:
    return value.ticks % SECOND // (SECOND // 1000)


def _format_double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _format_interval(value: Interval) -> str:
    """Write days, hours, minutes and seconds, as .NET does: `1.02:03:04.5000000`."""
    seconds, fraction = divmod(abs(value.ticks), SECOND)
    length = timedelta(seconds=seconds)
    clock = length - timedelta(days=length.days)
    text = f"{length.days}." if length.days else ""
    text += f"{clock!s:0>8}" + (f".{fraction:07}" if fraction else "")
    return f"-{text}" if value.ticks < 0 else text
