from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.media import MEDIA_SUFFIXES, is_media, output_relative

names = st.text(st.characters(exclude_characters="/\0"), min_size=1).filter(
    lambda name: name not in (".", "..")
)


@pytest.mark.parametrize("name", ["clip.mp4", "Harbour At Dusk.MOV", "a.b.Mkv", "x.mp4.wav"])
def test_media_is_known_by_its_last_suffix_in_any_case(name: str) -> None:
    assert is_media(name)


@pytest.mark.parametrize("name", ["notes.txt", "mp4", ".mp4", "a.mp4.part", "a.mp4 ", "a.", ""])
def test_what_has_no_suffix_of_media_is_no_media(name: str) -> None:
    assert not is_media(name)


def test_media_suffixes_are_in_lower_case() -> None:
    assert all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in MEDIA_SUFFIXES)


@pytest.mark.parametrize(
    ("relative", "output"),
    [
        ("a.mp4", "a.mp3"),
        ("a.b.mp4", "a.b.mp3"),
        ("day.1/a", "day.1/a.mp3"),
        ("day.1/.hidden", "day.1/.hidden.mp3"),
        ("day.1/a.MOV", "day.1/a.mp3"),
        ("..a", "..a.mp3"),
        ("a.", "a..mp3"),
    ],
)
def test_an_output_has_the_path_of_its_input_but_for_the_last_suffix(
    relative: str, output: str
) -> None:
    assert output_relative(relative, ".mp3") == output


@given(st.lists(names, min_size=1, max_size=4))
def test_an_output_stays_in_its_folder_and_ends_in_the_new_suffix(parts: list[str]) -> None:
    output = output_relative("/".join(parts), ".mp3")

    *folders, name = output.split("/")
    assert folders == parts[:-1]
    assert name.endswith(".mp3")
    assert name != ".mp3"
