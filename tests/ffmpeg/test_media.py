from __future__ import annotations

import re

import pytest

from batchff.ffmpeg.media import MEDIA_SUFFIXES, is_media


@pytest.mark.parametrize("name", ["clip.mp4", "Harbour At Dusk.MOV", "a.b.Mkv", "x.mp4.wav"])
def test_media_is_known_by_its_last_suffix_in_any_case(name: str) -> None:
    assert is_media(name)


@pytest.mark.parametrize("name", ["notes.txt", "mp4", ".mp4", "a.mp4.part", "a.mp4 ", "a.", ""])
def test_what_has_no_suffix_of_media_is_no_media(name: str) -> None:
    assert not is_media(name)


def test_media_suffixes_are_in_lower_case() -> None:
    assert all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in MEDIA_SUFFIXES)
