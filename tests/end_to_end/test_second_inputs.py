"""Files that belong to a source: second inputs, sidecars, its time; and lists of clips."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.commands import CLIPS, Batchff
from tests.end_to_end.test_several_presets import below

SUBTITLE = "1\n00:00:00,000 --> 00:00:01,000\nHello\n"
LONG_AGO = 1_500_000_000_123_456_789


def fill_films() -> None:
    for name in ("it's 1", "b/two"):
        film = Path("films", f"{name}.mp4")
        film.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CLIPS / "city.mp4", film)
        film.with_suffix(".srt").write_text(SUBTITLE)
        os.utime(film, ns=(LONG_AGO, LONG_AGO))


def test_subtitles_beside_each_film_are_put_into_it_and_carried_along(
    batchff: Batchff, ffmpeg: Path
) -> None:
    fill_films()
    asked = ["--with", "{stem}.srt", "--carry", "*.srt", "--keep-times", "--suffix", ".mkv"]
    line = ["-i", "{input}", "-i", "{with:0}", "-map", "0", "-map", "1", "-c", "copy"]

    done = batchff("--json", "submit", "films", *asked, "--out", "made", "--", *line)

    assert done.code == 0, done.err
    assert below(Path("made")) == {"it's 1.mkv", "it's 1.srt", "b/two.mkv", "b/two.srt"}
    read = subprocess.run(
        [ffmpeg, "-v", "error", "-i", "made/it's 1.mkv", "-map", "0:s", "-f", "srt", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Hello" in read.stdout
    assert {path.stat().st_mtime_ns for path in Path("made").rglob("*.mkv")} == {LONG_AGO}

    # Another machine knows of all that only by the job.
    assert batchff("download", done.result["job"], "--to", "elsewhere").code == 0
    assert below(Path("elsewhere")) == below(Path("made"))
    assert {path.stat().st_mtime_ns for path in Path("elsewhere").rglob("*.mkv")} == {LONG_AGO}

    # A sidecar that is added makes no new job; it's carried along.
    Path("films/b/two.en.srt").write_text(SUBTITLE)
    again = batchff("--json", "submit", "films", *asked, "--out", "made", "--", *line)
    assert again.code == 0, again.err
    assert again.result["job"] == done.result["job"]
    assert "b/two.en.srt" in below(Path("made"))


def test_a_list_makes_of_each_clip_what_it_says(batchff: Batchff) -> None:
    fill_films()
    Path("clips.csv").write_text(
        "file,start,end,preset\n"
        "films/it's 1.mp4,0:00,0:01,wav16k\n"
        "films/it's 1.mp4,1,2.5,wav16k\n"
        "films/b/two.mp4,,,\n"
    )
    listed = ["--list", "clips.csv", "--preset", "mp3", "--preset", "flac", "--out", "made"]

    done = batchff("--json", "submit", *listed)

    assert done.code == 0, done.err
    assert (done.result["succeeded"], done.result["outputs"]) == (2, 4)
    assert done.result["tasks"]["succeeded"] == 4
    assert len([each for each in done.events if each["event"] == "upload.file"]) == 2
    assert below(Path("made")) == {
        "films/it's 1.0s-1s.wav",
        "films/it's 1.1s-2.5s.wav",
        "films/b/two.mp3",
        "films/b/two.flac",
    }
    # A second has 16,000 samples of two bytes, after a header.
    sizes = [
        Path("made/films", f"it's 1.{part}.wav").stat().st_size for part in ("0s-1s", "1s-2.5s")
    ]
    assert [round(size / 32000, 1) for size in sizes] == [1.0, 1.5]
