from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from batchff.errors import BatchffError
from batchff.ffmpeg.presets import resolve
from batchff.ffmpeg.presets.find import our_presets
from batchff.ffmpeg.trial import (
    RecipeFailed,
    nvidia_fault,
    run_recipe,
    try_recipe,
    version_of,
)
from batchff.model.recipes import Recipe, RecipeOutput, Run

CLIP = Path(__file__).parent.parent / "clips" / "city.mp4"


def line(*arguments: str, makes: str = "a.mp4") -> Recipe:
    return Recipe(
        "mine", (Run(("-i", "{input}", *arguments, makes)),), (RecipeOutput(makes, ".x"),)
    )


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


def test_a_trial_without_end_is_stopped(tmp_path: Path, ffmpeg: Path) -> None:
    recipe = line("-vf", "loop=-1:1", makes="a.mkv")
    with pytest.raises(RecipeFailed, match="wasn't done after 20 seconds"):
        run_recipe(recipe, CLIP, tmp_path / "making", ffmpeg, time.monotonic() + 0.5)


def test_silence_can_be_levelled(tmp_path: Path, ffmpeg: Path) -> None:
    from tests.ffmpeg.presets.sources import make

    source = make(tmp_path / "a.wav", "-f", "lavfi", "-i", "anullsrc=d=1")
    recipe = resolve(our_presets()["loudness"], {"format": "wav"})
    (made,) = run_recipe(recipe, source, tmp_path / "making", ffmpeg, time.monotonic() + 30)
    assert made.stat().st_size > 1000


def test_a_program_that_isnt_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BatchffError, match="doesn't run: No such file"):
        try_recipe(line(), tmp_path / "ffmpeg")


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
