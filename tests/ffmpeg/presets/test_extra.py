from __future__ import annotations

import time
from pathlib import Path

import pytest

from batchff.errors import UsageError
from batchff.ffmpeg.line import LineError
from batchff.ffmpeg.presets import extra, resolve
from batchff.ffmpeg.presets.find import our_presets
from batchff.ffmpeg.trial import run_recipe
from batchff.model.recipes import Recipe
from tests.ffmpeg.presets.look import streams


def recipe_of(name: str, **settings: str) -> Recipe:
    return resolve(our_presets()[name], settings)


def test_options_come_after_the_presets_own() -> None:
    before = recipe_of("h264").runs[0].arguments
    after = extra(recipe_of("h264"), ["-crf", "28"]).runs[0].arguments
    assert after == (*before[:-1], "-crf", "28", "film.mp4")
    assert extra(recipe_of("h264"), []) == recipe_of("h264")


@pytest.mark.parametrize("name", ["loudness", "contact-sheet", "vp9"])
def test_options_are_for_the_run_that_makes_the_output(name: str) -> None:
    before, after = recipe_of(name), extra(recipe_of(name), ["-t", "5"])
    assert after.runs[0] == before.runs[0]
    assert after.runs[1].arguments[-3:-1] == ("-t", "5")
    assert after.runs[1].measures == before.runs[1].measures


def test_options_are_for_a_folder_too() -> None:
    assert extra(recipe_of("thumbnails"), ["-t", "5"]).runs[0].arguments[-3:-1] == ("-t", "5")


def test_the_users_option_wins(clip: Path, tmp_path: Path, ffmpeg: Path) -> None:
    recipe = extra(recipe_of("h264", speed="ultrafast"), ["-vf", "scale=64:48", "-an"])
    (made,) = run_recipe(recipe, clip, tmp_path / "making", ffmpeg, time.monotonic() + 60)
    (line,) = streams(made)
    assert "64x48" in line


def test_of_several_outputs_none_is_guessed() -> None:
    with pytest.raises(UsageError) as refused:
        extra(recipe_of("archive"), ["-crf", "28"])
    assert "makes several outputs (film, frames, checksum)" in refused.value.message
    assert "batchff preset show archive --toml" in refused.value.hint


@pytest.mark.parametrize(
    "arguments",
    [["-i", "{input}", "-crf", "3"], ["-crf", "3", "small.mp4"], ["-ss", "5", "-i", "{input}"]],
)
def test_inputs_and_outputs_cant_be_added(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="can only be options of the output"):
        extra(recipe_of("h264"), arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-crf"], "-crf has no value"),
        (["-c:v", "libx264x"], "no encoder 'libx264x'"),
        (["-filter_complex", "[0:v]null[v]"], "-filter_complex can't be added to a preset"),
        (["-crff", "3"], "knows no option -crff"),
    ],
)
def test_a_mistake_names_the_users_word(arguments: list[str], message: str) -> None:
    with pytest.raises(LineError) as refused:
        extra(recipe_of("h264"), arguments)
    assert message in refused.value.message
    assert refused.value.word in arguments
