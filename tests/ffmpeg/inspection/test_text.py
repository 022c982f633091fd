from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.inspection.text import LONGEST, clean


@given(st.text(max_size=50).map(lambda text: text * 20))
def test_text_is_short_and_on_one_line(text: str) -> None:
    assert len(clean(text)) <= LONGEST
    assert clean(text).isprintable()


def test_what_people_wrote_stays() -> None:
    assert clean("Ton – «5.1» 日本") == "Ton – «5.1» 日本"
    assert clean("\x1b[31mred\n\u202etxt") == "[31mredtxt"
    assert clean(None) == ""
