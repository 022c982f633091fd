from __future__ import annotations

import pytest

from batchff.console.screen.words import clock_text, money_text, percent_text, speed_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0:00"),
        (36.9, "0:36"),
        (761, "12:41"),
        (3761, "1:02:41"),
        (90_000, "25:00:00"),
        (400_000, "4d 15h"),
        (1e12, ">999d"),
        (float("inf"), ">999d"),
    ],
)
def test_a_duration_is_as_on_a_clock(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("speed", "text"), [(0.04, "0.0x"), (3.14, "3.1x"), (14.2, "14x"), (123_456.0, ">99kx")]
)
def test_a_speed_is_in_times_of_real_time(speed: float, text: str) -> None:
    assert speed_text(speed) == text


@pytest.mark.parametrize(
    ("fraction", "text"), [(-1, "0 %"), (0.999, "99 %"), (0.57, "57 %"), (1, "100 %"), (2, "100 %")]
)
def test_a_hundred_percent_are_all(fraction: float, text: str) -> None:
    assert percent_text(fraction) == text


def test_small_amounts_have_more_digits() -> None:
    assert money_text(1234.5, "EUR") == "1,234.50 EUR"
    assert money_text(0.0123, "EUR") == "0.0123 EUR"
    assert money_text(0.5, "") == "0.50"
