from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.console.words.text import error_line, files, left_out_text, printable, size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("café 映画 🎬", "café 映画 🎬"),
        ("two\nlines", "two\\nlines"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("right\u202eto left", "right\\u202eto left"),
        ("caf\udce9", "caf\\udce9"),
        ("back\rspace\b", "back\\rspace\\x08"),
        ("https://a/b?sig=secret", "https://a/b?sig=REDACTED"),
    ],
)
def test_a_name_is_shown_as_one_line_that_cant_move_the_cursor(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_whatever_a_name_holds_what_is_shown_is_printable(name: str) -> None:
    assert printable(name).isprintable()


def test_an_error_is_one_line() -> None:
    assert error_line("it's gone", "") == "error: it's gone"
    assert error_line("it's gone", "make it anew") == "error: it's gone (make it anew)"
    assert "\n" not in error_line("two\nlines", "and\nmore")


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (300 * 1024**2, "300.0 MiB"),
        (5 * 1024**3, "5.0 GiB"),
        (3000 * 1024**4, "3000.0 TiB"),
    ],
)
def test_bytes_are_told_as_people_read_them(count: int, shown: str) -> None:
    assert size(count) == shown


def test_one_file_is_singular() -> None:
    assert (files(0), files(1), files(2)) == ("0 files", "1 file", "2 files")


def test_what_is_left_out_is_said_by_reason() -> None:
    assert left_out_text({"not media": 3, "a loop of links": 1}) == (
        "; left out: 1 a loop of links, 3 not media"
    )
    assert left_out_text({}) == ""
