from __future__ import annotations

import re

import pytest

from batchff.ffmpeg.media import MEDIA_SUFFIXES, is_media, is_text, may_be_source_code


@pytest.mark.parametrize("name", ["clip.mp4", "Harbour At Dusk.MOV", "a.b.Mkv", "x.mp4.wav"])
def test_media_is_known_by_its_last_suffix_in_any_case(name: str) -> None:
    assert is_media(name)


@pytest.mark.parametrize("name", ["notes.txt", "mp4", ".mp4", "a.mp4.part", "a.mp4 ", "a.", ""])
def test_what_has_no_suffix_of_media_is_no_media(name: str) -> None:
    assert not is_media(name)


def test_media_suffixes_are_in_lower_case() -> None:
    assert all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in MEDIA_SUFFIXES)


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"import x from 'y';\r\n\tlet z;\n", True),
        ("// 映画".encode(), True),
        ("// 映画".encode()[:-1], True),
        (b"", True),
        (b"\x47\x40\x00\x10", False),
        (b"plain \x00", False),
        (b"\xff\xfe", False),
    ],
)
def test_a_text_is_utf8_without_control_characters(head: bytes, text: bool) -> None:
    assert is_text(head) is text


def test_only_suffixes_that_typescript_has_need_a_look() -> None:
    assert may_be_source_code("src/Index.TS")
    assert may_be_source_code("a.mts")
    assert not may_be_source_code("a.m2ts")
