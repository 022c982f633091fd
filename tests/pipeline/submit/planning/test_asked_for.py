from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.fit import LineMaker, PresetMaker
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.ffmpeg.presets import find_preset
from batchff.ffmpeg.presets.parameters import read_settings
from batchff.pipeline.submit.planning.asked_for import in_short


@given(st.text(max_size=400))
def test_it_is_a_line_of_ascii_that_fits_into_metadata(text: str) -> None:
    shown = in_short(text)
    assert shown.isascii()
    assert len(shown) <= 160
    assert shown.splitlines() in ([shown], [])


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("-c:v libx264 -crf 28", "-c:v libx264 -crf 28"),
        ("-decryption_key 0011aa -c copy", "-decryption_key ... -c copy"),
        ("-headers 'Authorization: Basic abc' -c copy", "-headers ... -c copy"),
        ("-i https://host/a?sig=secret -c copy", "-i ... -c copy"),
        ("-vf drawtext=text=Größe", "-vf drawtext=text=Gr??e"),
    ],
)
def test_keys_and_addresses_are_left_out(line: str, shown: str) -> None:
    assert in_short(line) == shown


def test_a_preset_is_shown_with_what_was_set() -> None:
    preset = find_preset("h264").preset
    values = tuple(read_settings({"crf": "28"}, preset).items())
    assert PresetMaker(preset, values).asked_for == "h264 crf=28"
    assert PresetMaker(preset, values, ("-tune", "film")).asked_for == "h264 crf=28 -- -tune film"


def test_a_line_is_shown_without_its_files() -> None:
    maker = LineMaker(*line_recipe(["-c:v", "libx264", "-crf", "28"], ".mp4"))
    assert maker.asked_for == "-c:v libx264 -crf 28"
