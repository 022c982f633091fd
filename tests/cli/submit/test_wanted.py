"""Which files a submit takes, and what can't go together: told before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Batchff

LIST = "file,start,end,preset\na.mov,1,2,wav16k\na.mov,,,\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no files are named"),
        (["a.mov", "--list", "clips.csv"], "--list and PATH exclude each other"),
        (["--list", "clips.csv", "--include", "*"], "--include and --exclude choose files in"),
        (["--list", "gone.csv"], "can't read 'gone.csv'"),
        (["--list", "clips.csv", "--suffix", ".mp3", "--", "-vn"], "'clips.csv' names presets"),
        (
            ["--list", "cuts.csv", "--suffix", ".mp3", "--", "-ss", "1", "-i", "{input}", "-vn"],
            "the list says where clips start and end, and so does -ss before the source",
        ),
        (
            ["--list", "cuts.csv", "--with", "a.srt", "--preset", "h264"]
            + ["--", "-vf", "scale=64:-2,subtitles={with:0}"],
            "a clip would get the subtitles from the beginning of its file",
        ),
        (
            ["--list", "cuts.csv", "--with", "{stem}.srt", "--suffix", ".mkv"]
            + ["--", "-i", "{input}", "-i", "{with:0}", "-c", "copy"],
            "a clip would get the beginning of {with:0}",
        ),
        (["a.mov", "--with", "{x}.srt"], "--with '{x}.srt' has no field {x}"),
        (["a.mov", "--with", "a.srt"], "nothing reads the first file given by --with"),
        (
            ["a.mov", "--with", "gone.srt", "--suffix", ".mkv", "--", "-i", "{input}"]
            + ["-i", "{with:0}", "-c", "copy"],
            "--with 'gone.srt': 'gone.srt': No such file or directory",
        ),
        (
            ["a.mov", "--suffix", ".mkv", "--", "-i", "{input}", "-i", "{with:0}", "-c", "copy"],
            "{with:0} isn't among the files beside the source: none is given by --with",
        ),
        (["a.mov", "--carry", "*.srt", "--out", "."], "would be carried onto itself"),
    ],
)
def test_what_cant_go_together_is_one_error(
    batchff: Batchff, words: list[str], message: str
) -> None:
    Path("a.mov").write_bytes(b"media")
    Path("a.srt").write_text("subtitle")
    Path("clips.csv").write_text(LIST)
    Path("cuts.csv").write_text("file,start\na.mov,1\n")
    words = ["--no-try", *words] if "--" not in words else words
    done = batchff("submit", *words)
    assert done.code in (1, 2), done.err
    assert message in done.err
    assert len(done.err.splitlines()) == 1
