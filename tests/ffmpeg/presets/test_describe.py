from __future__ import annotations

import pytest

from batchff.ffmpeg.presets import resolve
from batchff.ffmpeg.presets.describe import output_text, promise_text, shell_lines
from batchff.ffmpeg.presets.find import our_presets
from batchff.model.recipes import Count, Promise, Recipe, RecipeOutput, Run


@pytest.mark.parametrize(
    ("promise", "text"),
    [
        (Promise(), "it isn't empty"),
        (
            Promise(video=Count.ONE, audio=Count.ALL, duration=True, frames=True),
            "one picture, all sounds, as long as the source, each frame at its time",
        ),
        (
            Promise(video=Count.NONE, audio=Count.ONE_IF_ANY, subtitles=Count.NONE),
            "no picture, one sound if there is any",
        ),
        (Promise(width=320, height=180), "320 pixels wide, 180 pixels high"),
    ],
)
def test_a_promise_is_said_in_words(promise: Promise, text: str) -> None:
    assert promise_text(promise) == text


def test_outputs_are_called_as_on_the_users_machine() -> None:
    assert output_text(RecipeOutput("film.mp4", ".mp4")) == "FILE.mp4"
    folder = RecipeOutput("hls", is_folder=True, suffixes=(".m3u8", ".ts"))
    assert output_text(folder) == "FILE/ with .m3u8, .ts"
    named = RecipeOutput("pictures", name="small", is_folder=True, suffixes=(".jpg",))
    assert output_text(named) == "FILE.small/ with .jpg"


def test_folders_are_made_first_and_what_is_measured_is_said() -> None:
    assert shell_lines(resolve(our_presets()["hls"], {}))[0] == "mkdir -p hls"
    first, note, second = shell_lines(resolve(our_presets()["loudness"], {}))
    assert first.startswith("ffmpeg -i INPUT ") and first.endswith(" -f null -")
    assert note == "# {measured:…} below is the loudness that this run measures"
    assert "measured_I={measured:input_i}" in second


def test_files_have_words_that_a_shell_takes() -> None:
    run = Run(
        ("-i", "{input}", "-i", "{with:1}", "-vf", "subtitles={input},lut3d={with:0}", "a.mp4")
    )
    assert shell_lines(Recipe("mine", (run,), ())) == [
        "ffmpeg -i INPUT -i WITH1 -vf subtitles=INPUT,lut3d=WITH0 a.mp4"
    ]
