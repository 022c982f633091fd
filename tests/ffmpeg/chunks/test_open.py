from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.mkv import MkvFilm
from batchff.ffmpeg.chunks.mp4 import Mp4Film
from batchff.ffmpeg.chunks.mpegts import TsFilm
from batchff.ffmpeg.chunks.open import open_film
from tests.ffmpeg.chunks.pictures_of import make, open_bytes

_PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=2")
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10")


@pytest.mark.parametrize(
    ("name", "kind"), [("a.mp4", Mp4Film), ("a.mov", Mp4Film), ("a.mkv", MkvFilm), ("a.ts", TsFilm)]
)
def test_the_bytes_count_and_no_suffix(tmp_path: Path, name: str, kind: type) -> None:
    content = make(tmp_path / name, *_PICTURES, *_X264).read_bytes()
    film = open_bytes(content, ".avi", number=None)
    assert isinstance(film, kind)
    assert len(film.keys) == 5
    assert film.packets == 50


@pytest.mark.parametrize("name", ["a.avi", "a.flv", "a.mpg", "a.wmv", "a.ogv", "a.mxf", "a.m2v"])
def test_what_has_no_times_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    codec = "libtheora" if name == "a.ogv" else "flv" if name == "a.flv" else "mpeg2video"
    content = make(tmp_path / name, *_PICTURES, "-c:v", codec).read_bytes()
    with pytest.raises(CannotCut, match="can't be cut exactly|have no times"):
        open_bytes(content, number=None)


def test_a_picture_of_chapters_is_no_film(tmp_path: Path) -> None:
    chapters = tmp_path / "chapters.txt"
    chapters.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=2\ntitle=All\n")
    words = (*_PICTURES, "-i", str(chapters), "-map", "0", "-map_chapters", "1")
    content = make(tmp_path / "a.mp4", *words, *_X264).read_bytes()
    assert len(open_bytes(content, number=None).keys) == 5


def test_of_several_films_in_an_mp4_none_is_chosen(tmp_path: Path) -> None:
    words = (*_PICTURES, "-map", "0", "-map", "0")
    content = make(tmp_path / "a.mp4", *words, *_X264).read_bytes()
    with pytest.raises(CannotCut, match="several films"):
        open_bytes(content, number=None)
    assert len(open_bytes(content, number=1).keys) == 5


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_no_more_is_read_than_allowed(tmp_path: Path, name: str) -> None:
    content = make(tmp_path / name, *_PICTURES, *_X264).read_bytes()
    read_bytes = 0

    def read(offset: int, length: int) -> bytes:
        nonlocal read_bytes
        read_bytes += length
        return content[offset : offset + length]

    with pytest.raises(CannotCut, match="too much"):
        open_film(read, len(content), "", None, most=len(content) // 2)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(content: bytes) -> None:
    for head in (b"", b"\x1a\x45\xdf\xa3", b"\x00\x00\x00\x18ftyp", b"\x47" * 188 * 9):
        with pytest.raises(CannotCut):
            open_bytes(head + content, number=None)
