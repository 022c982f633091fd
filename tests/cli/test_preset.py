from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from batchff.ffmpeg.presets import preset_names
from tests.commands import Batchff

SMALL = 'description = "Small"\nbased_on = "h264"\nset = { crf = 30, speed = "ultrafast" }\n'


@pytest.fixture
def folder(batchff: Batchff) -> Path:
    """Where one's own presets are."""
    folder = Path(batchff("preset", "path").out.rstrip("\n"))
    folder.mkdir(parents=True)
    return folder


def test_list_shows_each_preset_on_a_line(batchff: Batchff) -> None:
    outcome = batchff("preset", "list")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == preset_names()
    assert "mp3            The sound alone, as MP3 at about 190 kbit/s (LAME V2)" in lines


def test_list_marks_ones_own_and_tells_of_broken_ones(batchff: Batchff, folder: Path) -> None:
    (folder / "small.toml").write_text(SMALL)
    (folder / "broken.toml").write_text("description = 1\n")
    outcome = batchff("preset", "list")
    assert "Small [your own]\n" in outcome.out
    assert outcome.err == (
        f"warning: {folder}/broken.toml, line 1: description: must be a text, not 1\n"
    )
    listed = batchff("--json", "preset", "list")
    by_name = {preset["name"]: preset for preset in listed.result["presets"]}
    assert by_name["small"]["file"] == str(folder / "small.toml")
    assert by_name["mp3"]["file"] is None
    assert [each["name"] for each in by_name["mp3"]["parameters"]] == ["quality"]
    assert "broken" not in by_name
    assert "broken.toml, line 1" in listed.events[0]["message"]


def test_show_tells_what_is_made_and_asked_of_ffmpeg(batchff: Batchff) -> None:
    outcome = batchff("preset", "show", "mp3", "--set", "quality=5")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[:6] == [
        "The sound alone, as MP3 at about 190 kbit/s (LAME V2)",
        "plays: everywhere",
        "makes:",
        "  FILE.mp3: no picture, one sound, as long as the source",
        "parameters, as in --set NAME=VALUE:",
        "  quality  2  a whole number from 0 to 9: "
        "LAME's VBR quality: 0 is best and largest, 9 smallest",
    ]
    words = shlex.split(lines[-1])
    assert words[:3] == ["ffmpeg", "-i", "INPUT"]
    assert words[words.index("-q:a") + 1] == "5"
    assert words[-1] == "sound.mp3"


@pytest.mark.parametrize("name", preset_names())
def test_what_show_prints_can_be_pasted(name: str, batchff: Batchff) -> None:
    data = batchff("--json", "preset", "show", name).result
    text = batchff("preset", "show", name).out
    shown = [shlex.split(line)[1:] for line in text.splitlines() if line.startswith("  ffmpeg ")]
    wanted = [
        ["INPUT" if word == "{input}" else word for word in run["arguments"]]
        for run in data["runs"]
    ]
    assert shown == wanted


@pytest.mark.parametrize("name", ["h264", "h264-720"])
def test_show_prints_the_file_to_begin_with(name: str, batchff: Batchff, folder: Path) -> None:
    text = batchff("preset", "show", name, "--toml").out
    mine = folder / "mine.toml"
    mine.write_text(text)
    assert batchff("preset", "check", mine, "--no-try").code == 0
    theirs = batchff("--json", "preset", "show", name).result
    ours = batchff("--json", "preset", "show", "mine").result
    assert (ours["runs"], ours["outputs"]) == (theirs["runs"], theirs["outputs"])


def test_one_in_place_of_ours_is_told(batchff: Batchff, folder: Path) -> None:
    (folder / "h264.toml").write_text(SMALL)
    outcome = batchff("preset", "show", "h264")
    assert outcome.code == 0
    assert outcome.out.startswith("Small\n")
    told = f"preset h264 is your own, in place of batchff's: {folder}/h264.toml"
    assert told in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "mp4"], "error: there is no preset called 'mp4' (the presets are: aac, "),
        (["show", "mp3", "--set", "quality"], "error: --set takes NAME=VALUE, not 'quality' ("),
        (["show", "mp3", "--set", "quality=10"], "error: preset mp3: quality must be a whole num"),
        (["show", "mp3", "--set", "crf=10"], "error: preset mp3 has no parameter 'crf' (it has: "),
        (["check", "gone.toml"], "error: gone.toml: can't be read: No such file or directory"),
    ],
)
def test_a_mistake_is_a_usage_error(words: list[str], message: str, batchff: Batchff) -> None:
    outcome = batchff("preset", *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(message)
    assert outcome.err.count("\n") == 1


def test_check_tries_it_on_a_test_picture(batchff: Batchff, tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    outcome = batchff("preset", "check", file)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == f"{file} is right; tried on a test picture, it made film.mp4\n"
    data = batchff("--json", "preset", "check", file, "--no-try").result
    assert (data["name"], data["tried"]) == ("small", False)
    assert data["outputs"][0]["promise"]["frames"] is True


def test_check_tells_the_line_of_a_mistake(batchff: Batchff, tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL.replace("crf = 30", "crf = 300"))
    outcome = batchff("preset", "check", file)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        f"error: {file}, line 3: set.crf: must be a number from 0 to 51, not 300\n"
    )


def test_check_tells_what_only_ffmpeg_knows(batchff: Batchff, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'description = "a"\n[[outputs]]\nfile = "a.mp4"\nstreams = { video = "film" }\n'
        'arguments = ["-c:v libx264 -preset quick"]\n'
    )
    outcome = batchff("preset", "check", file)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {file}: ffmpeg fails: ")
    assert "quick" in outcome.err
    assert outcome.err.count("\n") == 1


def test_check_tries_it_with_files_beside_the_source(batchff: Batchff, tmp_path: Path) -> None:
    file, beside = tmp_path / "burnt.toml", tmp_path / "a.srt"
    file.write_text(
        'description = "a"\n[[outputs]]\nfile = "a.mp4"\nstreams = { video = "film" }\n'
        'video_filters = ["subtitles={with:0}"]\narguments = ["-preset ultrafast"]\n'
    )
    assert batchff("preset", "check", file, "--no-try").code == 0
    refused = batchff("preset", "check", file)
    said = "burnt reads {with:0}, a file beside the source (name the file by --with)"
    assert (refused.code, refused.err) == (2, f"error: {file}: {said}\n")
    assert batchff("preset", "check", file, "--with", beside).err == (
        f"error: --with {beside} is no file (check the path)\n"
    )
    beside.write_text("1\n00:00:00,000 --> 00:00:02,000\nHello\n")
    assert batchff("preset", "check", file, "--with", beside).err == ""
    assert "subtitles=WITH0" in batchff("preset", "show", file).out


def test_the_example_in_the_help_is_right(batchff: Batchff, tmp_path: Path) -> None:
    text = batchff("preset", "--help").out
    blocks = [block for block in text.split("\n\n") if block.lstrip().startswith("description = ")]
    assert len(blocks) == 2
    for number, block in enumerate(blocks):
        file = tmp_path / f"mine-{number}.toml"
        file.write_text(block)
        assert batchff("preset", "check", file).err == ""
