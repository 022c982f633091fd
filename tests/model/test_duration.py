from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.model.duration import duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5m", 90), ("24h", 86400), ("3d", 259200), ("0", 0)],
)
def test_a_duration_is_a_number_and_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "h", "-1h", "1w", "1h30m", "nan", "inf", "1e300d"])
def test_nothing_else_is_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@given(st.integers(0, 10**9))
def test_a_duration_is_written_so_that_its_parts_add_up(seconds: int) -> None:
    parts = duration_text(timedelta(seconds=seconds)).split()
    assert sum((parse_duration(part) for part in parts), timedelta()) == timedelta(seconds=seconds)
    assert len(parts) <= 4
