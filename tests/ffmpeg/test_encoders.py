from __future__ import annotations

import shutil

import pytest

from batchff.ffmpeg.encoders import asked_encoders, list_encoders
from batchff.ffmpeg.presets import preset_names
from tests.recipes import preset_recipe


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ("-vn -c:a libmp3lame -q:a 2", ["libmp3lame"]),
        ("-c:v libx264 -c:a aac -c:s mov_text", ["libx264", "aac", "mov_text"]),
        ("-codec:v:0 libx265 -vcodec libx265 -acodec copy", ["libx265"]),
        ("-c copy", []),
        ("-crf 20", []),
        ("-c:v h264_cuvid -i {input} -c:v h264_nvenc", ["h264_nvenc"]),
        ("-c:v", []),
    ],
)
def test_the_outputs_encoders_are_read_from_the_arguments(arguments: str, asked: list[str]) -> None:
    assert asked_encoders(arguments.split()) == asked


def test_this_machines_ffmpeg_has_what_the_presets_ask_for() -> None:
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("there is no ffmpeg on this machine")
    had = list_encoders(program)
    for name in preset_names():
        for run in preset_recipe(name).runs:
            assert set(asked_encoders(run.arguments)) <= had
    # A codec's own name stands for whichever encoder there is of it.
    assert "h264" in had
    assert not had & {"=", "Video", "libnosuch"}


def test_a_program_that_doesnt_run_is_an_error() -> None:
    with pytest.raises(OSError, match="nosuch"):
        list_encoders("/nosuch/ffmpeg")
