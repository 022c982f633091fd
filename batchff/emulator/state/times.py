"""Times and durations as Azure Batch writes them, kept as integers.

A time is a number of ticks of 100 ns since 1970, so that the seven fractional digits that the
service sends survive and rows can be compared in SQL. A duration is a number of the same ticks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

SECOND = 10_000_000
DAY = 86_400 * SECOND
UNLIMITED = 2**63 - 1
"""The longest duration; the service writes it as P10675199DT2H48M5.4775807S."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TICKS_BEFORE_1970 = 621_355_968_000_000_000

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_DURATION = re.compile(
    r"P(?:(\d+)W|(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,7})\d*)?S)?)?)",
    re.ASCII,
)


def to_ticks(moment: datetime) -> int:
    """Count the ticks from 1970 to a moment that knows its zone."""
    return (moment - _EPOCH) // _MICROSECOND * 10


def to_datetime(ticks: int) -> datetime:
    """Give the moment, in UTC, rounded down to microseconds."""
    return _EPOCH + timedelta(microseconds=ticks // 10)


def format_time(ticks: int) -> str:
    """Write a time as the service does: UTC, with a fraction that doesn't end with zeros."""
    seconds, fraction = divmod(ticks, SECOND)
    if not fraction:
        return f"{_whole_seconds(seconds)}Z"
    digits = f"{fraction:07d}".rstrip("0")
    return f"{_whole_seconds(seconds)}.{digits}Z"


@lru_cache(4096)
def _whole_seconds(seconds: int) -> str:
    """Kept, as the times in one answer are mostly of the same few seconds."""
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def parse_time(text: str) -> int:
    """Read an ISO 8601 time; one without a zone is UTC. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time")
    date, clock, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}{zone or '+00:00'}")
    return to_ticks(moment) + int((fraction or "0").ljust(7, "0")[:7])


def http_date(ticks: int) -> str:
    """Write a time for an HTTP header: whole seconds, GMT."""
    return format_datetime(to_datetime(ticks), usegmt=True)


def parse_http_date(text: str) -> int:
    """Read a time from an HTTP header. Raises ValueError."""
    moment = parsedate_to_datetime(text)
    return to_ticks(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def etag_of(ticks: int) -> str:
    """Make the ETag of something last changed at a time, as the service does: .NET ticks in hex."""
    return f"0x{ticks + _TICKS_BEFORE_1970:X}"


@lru_cache(4096)
def parse_duration(text: str) -> int:
    """Read an ISO 8601 duration; a year is 365 days, a month 30, as the service counts them.

    Raises ValueError.
    """
    match = _DURATION.fullmatch(text)
    if match is None or text[-1] in "PT":
        raise ValueError(f"{text!r} is not a duration")
    *numbers, fraction = match.groups()
    weeks, years, months, days, hours, minutes, seconds = (int(each or 0) for each in numbers)
    whole = (weeks * 7 + years * 365 + months * 30 + days) * DAY
    whole += (hours * 3600 + minutes * 60 + seconds) * SECOND
    return min(whole + int((fraction or "0").ljust(7, "0")), UNLIMITED)


def format_duration(ticks: int) -> str:
    """Write a duration in its shortest form, days the largest unit."""
    days, rest = divmod(ticks, DAY)
    hours, rest = divmod(rest, 3600 * SECOND)
    minutes, rest = divmod(rest, 60 * SECOND)
    seconds, fraction = divmod(rest, SECOND)
    tail = f"{seconds}.{fraction:07d}".rstrip("0") if fraction else str(seconds)
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    clock += f"{tail}S" if seconds or fraction else ""
    if not clock:
        return f"P{days}D" if days else "PT0S"
    return f"P{days}DT{clock}" if days else f"PT{clock}"
