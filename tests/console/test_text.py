from __future__ import annotations

import pytest

from batchff.console.text import error_line, files, left_out_text, printable, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (5 * 1024**3, "5.0 GiB"),
        (3000 * 1024**4, "3000.0 TiB"),
    ],
)
def test_a_size_is_in_its_unit(count: int, text: str) -> None:
    assert size(count) == text


def test_a_name_cant_move_the_cursor_or_show_a_secret() -> None:
    assert printable("a\x1b[2Jb\n.mp4") == r"a\x1b[2Jb\n.mp4"
    assert printable("Dämmerung.mp4") == "Dämmerung.mp4"
    assert printable("https://a/b?sig=c2VjcmV0") == "https://a/b?sig=REDACTED"


def test_counts_have_their_noun() -> None:
    assert (files(1), files(2000)) == ("1 file", "2,000 files")


def test_what_is_left_out_is_said_by_reason() -> None:
    assert left_out_text({"not media": 3, "a loop of links": 1}) == (
        "; left out: 1 a loop of links, 3 not media"
    )
    assert left_out_text({}) == ""


def test_an_error_is_one_line_with_its_hint() -> None:
    assert error_line("it's gone", "make it anew") == "error: it's gone (make it anew)"
    assert error_line("it's\ngone", "") == r"error: it's\ngone"
