from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from batchff.ffmpeg.presets.subtitles import is_known, subtitle_encoder

LINES = "1\n00:00:00,100 --> 00:00:00,900\nHello\n"


@pytest.mark.parametrize(
    ("codec", "suffix", "encoder"),
    [
        ("subrip", ".mkv", "copy"),
        ("ass", ".mkv", "copy"),
        ("mov_text", ".mkv", "srt"),
        ("hdmv_pgs_subtitle", ".mkv", "copy"),
        ("ass", ".mp4", "mov_text"),
        ("mov_text", ".mov", "copy"),
        ("hdmv_pgs_subtitle", ".mp4", ""),
        ("subrip", ".webm", "webvtt"),
        ("subrip", ".ts", ""),
        ("dvb_subtitle", ".ts", "copy"),
        ("subrip", ".mp3", ""),
    ],
)
def test_subtitles_are_copied_or_made_or_left_out(codec: str, suffix: str, encoder: str) -> None:
    assert subtitle_encoder(codec, suffix) == encoder


def test_of_other_files_it_isnt_known() -> None:
    assert is_known(".mkv")
    assert not is_known(".avi")


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm"])
@pytest.mark.parametrize("codec", ["subrip", "ass", "mov_text", "webvtt"])
def test_ffmpeg_makes_them_so(ffmpeg: Path, tmp_path: Path, codec: str, suffix: str) -> None:
    (tmp_path / "lines.srt").write_text(LINES)
    source = tmp_path / ("source.mp4" if codec == "mov_text" else "source.mkv")

    def run(*words: str | Path) -> None:
        subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *words], check=True)

    run("-i", tmp_path / "lines.srt", "-c:s", "srt" if codec == "subrip" else codec, source)
    made = tmp_path / f"made{suffix}"
    run("-i", source, "-c:s", subtitle_encoder(codec, suffix), made)

    run("-i", made, tmp_path / "read.srt")
    assert "Hello" in (tmp_path / "read.srt").read_text()
