"""Bad presets, lines and parameters: one clear error each, before anything is sent or started."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batchff.emulator import launch
from tests.commands import CLIPS, Batchff

PRESET = """\
description = "A film and its pictures"

[parameters.crf]
type = "integer"
default = 23
least = 0
most = 51
help = "quality"

[[outputs]]
name = "film"
file = "film.mp4"
streams = { video = "film", audio = "main if any" }
video_filters = ["scale=-2:90"]
arguments = ["-c:v libx264 -preset ultrafast -crf {crf}"]

[[outputs]]
name = "pictures"
folder = "pictures"
writes = "%d.jpg"
suffixes = [".jpg"]
streams = { video = "film" }
arguments = ["-r 1"]
"""

# What is replaced in the preset, by what, and how the error begins after the file's name.
PRESETS = [
    ("[[outputs]]", "[[outputs]", "line 10: that isn't TOML: Expected ']]' at the end"),
    ("description", "describtion", "line 1: description: is missing"),
    ("most = 51", "max = 51", "line 7: parameters.crf.max: means nothing here (the keys here are"),
    ("default = 23", "default = 60", "line 5: parameters.crf.default: must be a whole number from"),
    ("least = 0", "least = 70", "line 6: parameters.crf.least: is above most, which is 51"),
    (
        "film.mp4",
        "../film.mp4",
        "line 12: outputs[1].file: '../film.mp4' can't be an output: it",
    ),
    ("film.mp4", "/tmp/film.mp4", "line 12: outputs[1].file: '/tmp/film.mp4' can't be an output"),
    ('name = "pictures"', 'name = "film"', "line 18: outputs[2].name: two outputs are called"),
    ("{crf}", "{cfr}", "line 15: outputs[1].arguments[1]: there is no parameter 'cfr' (did you m"),
    ("libx264", "libx264x", "line 15: outputs[1].arguments[1]: ffmpeg 9"),
    ("scale=", "scael=", "line 14: outputs[1].video_filters: ffmpeg 9"),
    ("scale=-2:90", "subtitles=a.srt", "line 14: outputs[1].video_filters: -filter:v:0 reads 'a.s"),
    ("-crf {crf}", "-crf {crf} -pass 2", "line 15: outputs[1].arguments[1]: -pass 2 needs the log"),
    ("%d.jpg", "one.jpg", "line 20: outputs[2].writes: -r makes many pictures, and 'pictures/one."),
    ('".jpg"', '".png"', "line 21: outputs[2].suffixes: .jpg is missing: ffmpeg makes pictures/*"),
    ("ultrafast", "quick", "ffmpeg fails: "),
]

# A call's words, and how the error begins.
PARAMETERS = [
    ("--preset vhs", "there is no preset called 'vhs' (the presets are: aac, "),
    ("--preset gone.toml", "gone.toml: can't be read: No such file or directory"),
    ("--preset mp3 --preset mp3", "preset mp3 is given twice ("),
    ("--preset h264 --set crf", "--set takes NAME=VALUE, not 'crf' (as in --set crf=28)"),
    ("--preset h264 --set crf=99", "preset h264: crf must be a number from 0 to 51, not '99' ("),
    ("--preset h264 --set crf=x", "preset h264: crf must be a number from 0 to 51, not 'x' ("),
    ("--preset h264 --set height=7.5", "preset h264: height must be a whole number from 0 to 4320"),
    ("--preset h264 --set speed=quick", "preset h264: speed must be one of ultrafast, superfast"),
    (
        "--preset h264 --set hieght=9",
        "preset h264 has no parameter 'hieght' (did you mean heig",
    ),
    ("--preset thumbnails --set interval=0", "preset thumbnails: interval must be a duration as"),
    ("--preset mp3 --preset opus --set crf=1", "none of the presets mp3, opus has a parameter"),
    (
        "--preset archive -- -crf 20",
        "preset archive makes several outputs (film, frames, ",
    ),
    ("--preset h264 -- -crf 20 a.mp4", "with --preset, arguments after -- can only be options"),
    ("--preset h264 -- -preset quick", "ffmpeg fails: "),
]

LINES = [
    ("-crff 20 a.mp4", "ffmpeg 9.0.2 knows no option -crff (did you mean -crf?)"),
    ("-c:v libx264x a.mp4", "ffmpeg 9.0.2 has no encoder 'libx264x' (did you mean libx264?)"),
    ("-vf scael=2:2 a.mp4", "ffmpeg 9.0.2 has no filter 'scael' (did you mean scale?)"),
    ("-vf volume=2 a.mp4", "the filter volume is for sound, and -vf isn't (write -af)"),
    ("-vf fps=1 a.jpg", "the filter fps makes many pictures, and 'a.jpg' is the name of one ("),
    ("-pass 2 -c:v libx264 a.mp4", "-pass 2 needs the log of a first pass (one line is one run: "),
    ("-i film.mov a.mp4", "-i reads 'film.mov', which won't be on the node (write {input} for the"),
    ("-vf subtitles={with:0} a.mp4", "{with:0} isn't among the files beside the source: none is"),
    ("-vf subtitles=a.srt a.mp4", "-vf reads 'a.srt', which won't be on the node (files beside"),
    ("-an /tmp/a.mp4", "'/tmp/a.mp4' can't be an output: it's an absolute path (outputs lie in"),
    ("-f mpegts -", "'-' can't be an output: nothing reads ffmpeg's standard output"),
    ("-f flv rtmp://h/a", "'rtmp://h/a' can't be an output: the part before the colon is a p"),
    ("-f smoothstreaming a.ism", "the format smoothstreaming makes fragments that only a server"),
    (
        "-vf scale=48:32 -an",
        "the outputs need a suffix (say what ffmpeg is to make, as in --s",
    ),
    ("-filter_complex [0:v]scale=2:2[v a.mp4", "the filters of -filter_complex can't be read at"),
    # What only a trial tells.
    ("-c:v libx264 -preset quick a.mp4", "ffmpeg fails: "),
    ("-c:v libx264 -profile:v main -pix_fmt yuv444p a.mp4", "ffmpeg fails: "),
    ("-map 0:7 a.mp4", "ffmpeg fails: Stream map '"),
]


@pytest.fixture
def _a_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("videos").mkdir()
    shutil.copy(CLIPS / "city.mp4", "videos/a.mp4")


def refused(run: Batchff, *words: str) -> str:
    """Submit with these words; return the one line of the error."""
    ran = run("submit", "videos", *words)
    assert (ran.code, ran.out) == (2, ""), ran.err
    *before, line = ran.err.splitlines()
    # A try takes a file, and of which something can be made only a look says.
    assert before in ([], ["1 file inspected"])
    assert line.startswith("error: ")
    # Nothing was sent: the emulator, which stands for the account here, wasn't even started.
    assert not launch.default_root().exists()
    return line.removeprefix("error: ")


def test_there_are_enough_mistakes_of_each_kind() -> None:
    assert min(len(PRESETS), len(PARAMETERS), len(LINES)) >= 14


@pytest.mark.usefixtures("_a_clip")
@pytest.mark.parametrize(("right", "wrong", "said"), PRESETS, ids=[each[1] for each in PRESETS])
def test_a_bad_preset_is_one_error_with_its_place(
    right: str, wrong: str, said: str, run: Batchff
) -> None:
    assert right in PRESET
    Path("mine.toml").write_text(PRESET.replace(right, wrong, 1))

    line = refused(run, "--preset", "./mine.toml")

    if said.startswith("line"):
        assert line.startswith(f"mine.toml, {said}")
    else:
        assert line.startswith(said)


@pytest.mark.usefixtures("_a_clip")
@pytest.mark.parametrize(("words", "said"), PARAMETERS, ids=[each[0] for each in PARAMETERS])
def test_a_bad_parameter_is_one_error(words: str, said: str, run: Batchff) -> None:
    assert refused(run, *words.split()).startswith(said)


@pytest.mark.usefixtures("_a_clip")
@pytest.mark.parametrize(("line", "said"), LINES, ids=[each[0] for each in LINES])
def test_a_bad_line_is_one_error_with_what_to_do(line: str, said: str, run: Batchff) -> None:
    assert refused(run, "--", *line.split()).startswith(said)


@pytest.mark.usefixtures("_a_clip")
def test_what_is_right_is_planned(run: Batchff) -> None:
    Path("mine.toml").write_text(PRESET)
    for words in (["--preset", "./mine.toml", "--set", "crf=28"], ["--", "-crf", "20", "a.mp4"]):
        ran = run("submit", "videos", "--dry-run", *words)
        assert ran.code == 0, ran.err
