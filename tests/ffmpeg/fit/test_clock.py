"""Which lines get a clock that is fine enough for an uneven film."""

from __future__ import annotations

import pytest

from batchff.model.inspection import Inspection
from tests.ffmpeg.fit.test_line import fit, words
from tests.model.inspections import sound, source, video

UNEVEN = source(video(is_variable=True), sound())
CLOCK = "-fps_mode vfr -enc_time_base:v 1:90000"


@pytest.mark.parametrize(
    ("line", "suffix"),
    [
        ("-c:v libx264 -c:a aac", ".mkv"),
        ("-crf 23", ".mp4"),
        ("-map 0:v -c:v libvpx-vp9", ".webm"),
        ("-ss 1 -i {input} -vf scale=48:-2 -c:v libx265", ".mov"),
    ],
)
def test_an_uneven_film_keeps_the_times_of_its_pictures(line: str, suffix: str) -> None:
    assert f"{CLOCK} output{suffix}" in words(fit(line, UNEVEN, suffix))


@pytest.mark.parametrize(
    ("line", "suffix", "film"),
    [
        ("-c:v libx264", ".mkv", source(video(is_variable=False))),
        ("-c:v libx264", ".mkv", source(video())),
        ("-vn -c:a aac", ".m4a", source(sound())),
        ("-c copy", ".mkv", UNEVEN),
        ("-c:v mpeg4", ".mp4", UNEVEN),
        ("-c:v libx264", ".avi", UNEVEN),
        ("-r 25 -c:v libx264", ".mp4", UNEVEN),
        ("-vf fps=25 -c:v libx264", ".mp4", UNEVEN),
        ("-fps_mode cfr -c:v libx264", ".mp4", UNEVEN),
        ("-enc_time_base 1:1000 -c:v libx264", ".mp4", UNEVEN),
    ],
)
def test_what_has_a_clock_of_its_own_keeps_it(line: str, suffix: str, film: Inspection) -> None:
    assert CLOCK not in words(fit(line, film, suffix))


def test_each_output_has_a_clock() -> None:
    said = words(fit("-c:v libx264 a.mp4 -c:v mpeg4 b.mp4", UNEVEN))

    assert f"{CLOCK} a.mp4" in said
    assert said.count(CLOCK) == 1
