"""Times, speeds and counts as the screen and the end say them."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def clock_text(seconds: float) -> str:
    """Return a duration as on a clock: `0:36`, `12:41`, `1:02:41`, `4d 3h`."""
    whole = int(min(max(seconds, 0.0), 1000.0 * _DAY))
    if whole >= 1000 * _DAY:
        return ">999d"
    if whole >= 4 * _DAY:
        return f"{whole // _DAY}d {whole % _DAY // _HOUR}h"
    if whole >= _HOUR:
        return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"
    return f"{whole // _MINUTE}:{whole % _MINUTE:02}"


def speed_text(speed: float) -> str:
    """Return a speed in times of real time, in at most six characters."""
    if speed < 9.95:
        return f"{speed:.1f}x"
    return f"{speed:.0f}x" if speed < 99_999 else ">99kx"


def percent_text(fraction: float) -> str:
    """Return a share in whole percent; 100 only where all is done."""
    return f"{int(min(max(fraction, 0.0), 1.0) * 100 + 1e-9)} %"


def money_text(amount: float, currency: str) -> str:
    """Return an amount of money, with more digits where it's small."""
    digits = 4 if 0 < amount < 0.1 else 2
    return f"{amount:,.{digits}f} {currency}".rstrip()
