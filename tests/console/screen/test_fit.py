from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.console.screen.fit import cells, clip, shorten


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("a/b.mov", 20, "a/b.mov"),
        ("raw/a-very-long-name-of-a-film.mkv", 20, "raw/a-very-l…ilm.mkv"),
        ("raw/a-very-long-name-of-a-film.mkv", 8, "ra…m.mkv"),
        ("映画の長い名前.mkv", 12, "映画の….mkv"),
        ("e\u0301" * 20 + ".mov", 8, "e\u0301e\u0301…" + "e\u0301.mov"),
        ("\x1b[2J.mov", 20, "\\x1b[2J.mov"),
        ("no-suffix-but-a-long-name", 9, "no-su…ame"),
    ],
)
def test_a_name_is_cut_in_its_middle(name: str, width: int, shown: str) -> None:
    assert shorten(name, width) == shown


@given(st.text(), st.integers(0, 60))
def test_whatever_the_name_it_fits(name: str, width: int) -> None:
    for text in (shorten(name, width), clip(name, width)):
        assert cells(text) <= width
    shown = shorten(name, width, "...")
    assert cells(shown) <= width


@given(st.text(st.characters(categories=["L", "Mn"]), min_size=1), st.integers(3, 30))
def test_no_mark_loses_its_letter(name: str, width: int) -> None:
    shown = shorten(name, width)
    if "…" in shown:
        after = shown.partition("…")[2]
        assert not after or unicodedata.category(after[0]) != "Mn" or cells(after[0])


def test_what_is_cut_at_its_end_says_so() -> None:
    assert clip("a long text", 6) == "a lon…"
    assert clip("a long text", 6, "...") == "a l..."
    assert clip("short", 6) == "short"
    assert clip("text", 0) == ""
