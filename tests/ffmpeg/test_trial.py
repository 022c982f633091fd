from __future__ import annotations

import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.errors import BatchffError, UsageError
from batchff.ffmpeg.presets import resolve
from batchff.ffmpeg.presets.find import our_presets
from batchff.ffmpeg.trial import (
    RecipeFailed,
    nvidia_fault,
    run_recipe,
    try_on_source,
    try_recipe,
    version_of,
)
from batchff.model.recipes import Recipe, RecipeOutput, Run
from tests.ffmpeg_programs import one_ffmpeg
from tests.silence import silence
from tests.undecodable import undecodable

CLIP = Path(__file__).parent.parent / "clips" / "city.mp4"


def line(*arguments: str, makes: str = "a.mp4") -> Recipe:
    return Recipe(
        "mine", (Run(("-i", "{input}", *arguments, makes)),), (RecipeOutput(makes, ".x"),)
    )


@one_ffmpeg
@pytest.mark.parametrize("name", ["h264-web", "loudness", "contact-sheet", "archive", "hls"])
def test_a_preset_is_tried_and_nothing_is_left(
    name: str, ffmpeg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    preset = our_presets()[name]
    fast = {"speed": "ultrafast"} if "speed" in preset.parameters else {}
    before = set(tmp_path.iterdir())
    try_recipe(resolve(preset, fast), ffmpeg)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-vf", "scale=0:0:x=y"], "ffmpeg fails: "),
        (["-c:v", "libx264", "-preset", "quick"], "ffmpeg fails: "),
        (["-map", "0:5"], "ffmpeg fails: Stream map '"),
        (["-c:v", "libx264x"], "ffmpeg fails: Unknown encoder 'libx264x'"),
    ],
)
def test_ffmpegs_own_reason_is_told(arguments: list[str], message: str, ffmpeg: Path) -> None:
    with pytest.raises(RecipeFailed) as failed:
        try_recipe(line(*arguments), ffmpeg)
    assert failed.value.message.startswith(message)
    assert "Conversion failed" not in failed.value.message
    assert "\n" not in failed.value.message
    assert failed.value.words


def test_the_run_that_fails_is_told(ffmpeg: Path) -> None:
    recipe = line("-c:v", "libx264x")
    first = Run(("-i", "{input}", "-f", "null", "-"))
    with pytest.raises(RecipeFailed, match=r"^run 2 of 2: ffmpeg fails: Unknown encoder"):
        try_recipe(replace(recipe, runs=(first, *recipe.runs)), ffmpeg)


def test_an_output_that_isnt_made_is_told(tmp_path: Path, ffmpeg: Path) -> None:
    recipe = replace(line("-c", "copy"), outputs=(RecipeOutput("b.mp4", ".mp4"),))
    with pytest.raises(RecipeFailed, match=r"'b\.mp4' is empty"):
        run_recipe(recipe, CLIP, tmp_path / "making", ffmpeg, time.monotonic() + 30)


@one_ffmpeg
@pytest.mark.parametrize(
    ("makes", "folder", "said"),
    [
        ("%d.png", ".", "ffmpeg ends well, but makes no file"),
        ("parts/%d.png", "parts", "ffmpeg ends well, but 'parts' is empty"),
    ],
)
def test_a_folder_without_a_file_is_told_though_the_source_lies_in_it(
    makes: str, folder: str, said: str, tmp_path: Path, ffmpeg: Path
) -> None:
    output = RecipeOutput(folder, is_folder=True)
    seek = Run(("-ss", "100", "-i", "{input}", "-frames:v", "2", makes))
    recipe = Recipe("mine", (seek,), (output,), ("parts",))
    with pytest.raises(RecipeFailed, match=re.escape(said)):
        run_recipe(recipe, CLIP, tmp_path / "making", ffmpeg, time.monotonic() + 30)

    whole = replace(recipe, runs=(Run(seek.arguments[2:]),))
    (made,) = run_recipe(whole, CLIP, tmp_path / "again", ffmpeg, time.monotonic() + 30)
    assert sorted(file.name for file in made.rglob("*.png")) == ["1.png", "2.png"]


@one_ffmpeg
def test_a_text_in_a_folder_may_be_empty(tmp_path: Path, ffmpeg: Path) -> None:
    words = ("-i", "{input}", "-vf", "blackdetect=d=9,metadata=print:key=x:file=no.txt", "a.mp4")
    recipe = Recipe("mine", (Run(words),), (RecipeOutput(".", is_folder=True),))
    (made,) = run_recipe(recipe, CLIP, tmp_path / "making", ffmpeg, time.monotonic() + 30)
    assert (made / "no.txt").stat().st_size == 0


SUBTITLES = "1\n00:00:00,000 --> 00:00:02,000\nHello\n"


def test_a_filter_may_read_the_source_itself_and_a_file_beside_it(
    tmp_path: Path, ffmpeg: Path
) -> None:
    beside = tmp_path / "My Film.SRT"
    beside.write_text(SUBTITLES)
    for place in ("{input}", "{with:0}"):
        recipe = line("-vf", f"subtitles={place}", makes="a.mkv")
        # The test clip has a subtitle; the source has none.
        try_recipe(recipe, ffmpeg, [beside])
    assert try_on_source(recipe, CLIP, ffmpeg, [beside]) == ""
    said = try_on_source(line("-vf", "subtitles={input}", makes="a.mkv"), CLIP, ffmpeg)
    assert "subtitle" in said.lower()


def test_a_file_beside_the_source_may_be_an_input(tmp_path: Path, ffmpeg: Path) -> None:
    beside = tmp_path / "a.srt"
    beside.write_text(SUBTITLES)
    recipe = line("-i", "{with:0}", "-map", "1", "-c:s", "srt", makes="a.mkv")
    try_recipe(recipe, ffmpeg, [beside])
    with pytest.raises(UsageError, match=r"reads \{with:0\}, a file beside the source"):
        try_recipe(recipe, ffmpeg)
    beside.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    with pytest.raises(RecipeFailed):
        try_recipe(recipe, ffmpeg, [beside])


@pytest.mark.parametrize("place", ["{input}", "{with:0}"])
def test_a_filter_opens_nothing_that_may_name_other_files(
    place: str, tmp_path: Path, ffmpeg: Path
) -> None:
    hostile = tmp_path / "film.m3u8"
    hostile.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:3,\n{CLIP}\n#EXT-X-ENDLIST\n")
    words = tuple(f"-f lavfi -i sine=d=1 -lavfi amovie={place}[a] -map [a] a.wav".split())
    recipe = Recipe("mine", (Run(words),), (RecipeOutput("a.wav", ".wav"),))
    with pytest.raises(RecipeFailed, match="no filter may open (input|with-0).m3u8: it has a form"):
        run_recipe(recipe, hostile, tmp_path / "making", ffmpeg, time.monotonic() + 9, [hostile])


@one_ffmpeg
def test_a_trial_without_end_is_stopped(tmp_path: Path, ffmpeg: Path) -> None:
    recipe = line("-vf", "loop=-1:1", makes="a.mkv")
    with pytest.raises(RecipeFailed, match="wasn't done after 20 seconds"):
        run_recipe(recipe, CLIP, tmp_path / "making", ffmpeg, time.monotonic() + 0.5)


@one_ffmpeg
def test_silence_can_be_levelled(tmp_path: Path, ffmpeg: Path) -> None:
    from tests.ffmpeg.presets.sources import make

    source = make(tmp_path / "a.wav", "-f", "lavfi", "-i", "anullsrc=d=1")
    recipe = resolve(our_presets()["loudness"], {"format": "wav"})
    (made,) = run_recipe(recipe, source, tmp_path / "making", ffmpeg, time.monotonic() + 30)
    assert made.stat().st_size > 1000


def test_a_program_that_isnt_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BatchffError, match="doesn't run: No such file"):
        try_recipe(line(), tmp_path / "ffmpeg")


def test_a_recipe_that_suits_a_source_has_nothing_against_it(
    ffmpeg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert try_on_source(line("-c:v", "libx264", "-preset", "ultrafast"), CLIP, ffmpeg) == ""
    assert not list(tmp_path.glob("batchff-*")), "what was made is thrown away"


def test_what_is_wrong_with_the_source_alone_is_told_and_is_no_error(
    ffmpeg: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "cut.mp4"
    broken.write_bytes(CLIP.read_bytes()[:3000])
    assert "ffmpeg fails: " in try_on_source(line("-c", "copy"), broken, ffmpeg)
    silent = tmp_path / "silent.wav"
    silent.write_bytes(silence())
    said = try_on_source(line("-map", "0:v", "-c:v", "libx264"), silent, ffmpeg)
    assert said.startswith("ffmpeg fails: Stream map '")


def test_what_was_fitted_to_a_bad_source_is_no_error_as_the_test_picture_has_other_streams(
    ffmpeg: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(undecodable())
    general = line("-map", "0:a:0", "-c:a", "libmp3lame", makes="a.mp3")
    fitted = line("-map", "0:0", "-c:a", "libmp3lame", makes="a.mp3")

    assert "ffmpeg fails: " in try_on_source(fitted, bad, ffmpeg, general=general)
    with pytest.raises(RecipeFailed):
        try_on_source(fitted, bad, ffmpeg)


@pytest.mark.parametrize("source", ["whole", "cut"])
def test_what_no_source_would_be_made_with_is_an_error(
    source: str, ffmpeg: Path, tmp_path: Path
) -> None:
    tried = CLIP
    if source == "cut":
        tried = tmp_path / "cut.mp4"
        tried.write_bytes(CLIP.read_bytes()[:3000])
    with pytest.raises(RecipeFailed, match="Unknown encoder 'libx264x'"):
        try_on_source(line("-c:v", "libx264x"), tried, ffmpeg)


def test_refused_arguments_are_an_error_even_where_the_test_picture_has_no_stream_for_them(
    ffmpeg: Path, tmp_path: Path
) -> None:
    recipe = line("-map", "0", "-c", "copy", "-c:s", "nosuch", makes="a.mkv")
    try_recipe(recipe, ffmpeg)
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    with pytest.raises(RecipeFailed, match="Unknown encoder 'nosuch'"):
        try_on_source(recipe, tmp_path / "a.srt", ffmpeg)


def test_what_takes_too_long_or_makes_nothing_of_so_little_says_nothing(
    ffmpeg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert try_on_source(replace(line(), outputs=(RecipeOutput("b.mp4"),)), CLIP, ffmpeg) == ""
    monkeypatch.setattr("batchff.ffmpeg.trial.TRIAL_SECONDS", 0.0)
    assert try_on_source(line("-vf", "loop=-1:1", makes="a.mkv"), CLIP, ffmpeg) == ""


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("ffmpeg-linux-x86_64-v9.0.2", "9.0.2"),
        ("ffmpeg-win-x86_64-v7.1.exe", "7.1"),
        ("ffmpeg-macos-aarch64-v7.1", "7.1"),
        ("ffmpeg", ""),
    ],
)
def test_the_packages_files_say_their_version(name: str, version: str) -> None:
    assert version_of(Path("/somewhere", name)) == version


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for ffmpeg")
@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("exit 0", ""),
        (
            "echo '[h264_nvenc @ 0x1] [error] Cannot load libcuda.so.1' >&2; exit 1",
            "Cannot load libcuda.so.1",
        ),
    ],
)
def test_an_nvidia_gpu_is_tried(body: str, fault: str, tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    assert nvidia_fault(program) == fault


def test_a_program_that_doesnt_run_uses_no_gpu(tmp_path: Path) -> None:
    assert "doesn't run: No such file" in nvidia_fault(tmp_path / "nosuch")
