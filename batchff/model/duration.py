"""Durations as people write them: 90s, 30m, 24h, 3d."""

from __future__ import annotations

from datetime import timedelta

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_LONGEST = timedelta.max.total_seconds() / 2


def parse_duration(text: str) -> timedelta:
    """Read a number and its unit, s, m, h or d; a number alone counts seconds.

    Raises ValueError for anything else, and for a negative number.
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    try:
        value = float(number) * _UNITS[unit]
    except ValueError:
        value = -1
    if not 0 <= value < _LONGEST:
        raise ValueError(f"{text!r} is no duration; write it as 90s, 30m, 24h or 3d")
    return timedelta(seconds=value)


def duration_text(duration: timedelta) -> str:
    """Write a duration for people, as `5d 1h`; parts of a second are left out."""
    left = int(duration.total_seconds())
    parts = []
    for unit, seconds in _UNITS.items():
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
