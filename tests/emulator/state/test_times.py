from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.emulator.state.times import (
    DAY,
    SECOND,
    UNLIMITED,
    etag_of,
    format_duration,
    format_time,
    http_date,
    parse_duration,
    parse_http_date,
    parse_time,
    to_datetime,
    to_ticks,
)

TICKS = st.integers(0, to_ticks(datetime(2999, 1, 1, tzinfo=UTC)))


@given(TICKS)
def test_a_time_comes_back_as_it_was(ticks: int) -> None:
    assert parse_time(format_time(ticks)) == ticks


@given(TICKS)
def test_an_http_date_holds_whole_seconds(ticks: int) -> None:
    assert parse_http_date(http_date(ticks)) == ticks // SECOND * SECOND


@given(st.integers(0, UNLIMITED))
def test_a_duration_comes_back_as_it_was(ticks: int) -> None:
    assert parse_duration(format_duration(ticks)) == ticks


@given(TICKS, TICKS)
def test_different_times_have_different_etags(one: int, other: int) -> None:
    assert (etag_of(one) == etag_of(other)) is (one == other)


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("PT01H00M00S", 3600 * SECOND),
        ("PT0.5S", SECOND // 2),
        ("P7D", 7 * DAY),
        ("P1W", 7 * DAY),
        ("P1DT1M", DAY + 60 * SECOND),
        ("P3Y6M4D", 1279 * DAY),
        ("P10675199DT2H48M5.4775807S", UNLIMITED),
        ("P99999999D", UNLIMITED),
    ],
)
def test_durations_as_clients_write_them(text: str, ticks: int) -> None:
    assert parse_duration(text) == ticks


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "1H", "PT1", "-PT1H", "PY", "P1D1Y", "PT1H2D"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T10:00:00Z", "2026-11-22T11:00:00.000+01:00", "2026-11-22T10:00"],
)
def test_times_as_clients_write_them(text: str) -> None:
    assert to_datetime(parse_time(text)) == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "now", "2026-13-01T00:00:00Z", "2026-11-22 10:00", "2026"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2026-11-22T10:00:00.5000000Z", "2026-11-22T10:00:00.5Z"),
        ("2026-11-22T10:00:10.0000001Z", "2026-11-22T10:00:10.0000001Z"),
        ("2026-11-22T10:00:10Z", "2026-11-22T10:00:10Z"),
    ],
)
def test_times_are_written_without_zeros_at_their_end(given: str, written: str) -> None:
    assert format_time(parse_time(given)) == written
