from __future__ import annotations

from datetime import UTC, datetime

from batchff.cli.words.layout import columns, first_of, minute, named, second

MOMENT = datetime(2026, 11, 22, 12, 5, 9, tzinfo=UTC)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns([("a", "bb", "c"), ("aaa", "b", "")]) == "a    bb  c\naaa  b"
    assert columns([]) == ""


def test_facts_have_their_names_in_a_column() -> None:
    assert named([("job", "a"), ("", "goes on"), ("end", "")], width=5) == (
        "job    a\n       goes on\nend"
    )


def test_only_the_first_values_are_shown_and_the_rest_counted() -> None:
    assert list(first_of("jobs", ["a", "b", "c"], 2)) == [
        ("jobs", "a"),
        ("", "b"),
        ("", "and 1 more"),
    ]
    assert list(first_of("jobs", ["a"], 2)) == [("jobs", "a")]


def test_the_rest_may_be_more_than_the_values_at_hand() -> None:
    assert list(first_of("failed", ["a"], 1, total=2000))[-1] == ("", "and 1999 more")


def test_times_are_in_utc() -> None:
    assert minute(MOMENT) == "2026-11-22 12:05Z"
    assert second(MOMENT) == "2026-11-22 12:05:09Z"
