"""What is compared of what presets and lines make."""

from __future__ import annotations

import pytest

from batchff.ffmpeg.fit import LineMaker, PresetMaker
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.ffmpeg.presets import find_preset
from batchff.ffmpeg.presets.parameters import read_settings
from batchff.model.inspection import Inspection
from tests.model.inspections import mono, sound, source, video

FILM = source(video(), sound())
ALL = ("pictures", "levels", "sound")


def of_preset(name: str, inspection: Inspection = FILM, *words: str) -> list[tuple[str, ...]]:
    preset = find_preset(name).preset
    made = PresetMaker(preset, tuple(read_settings({}, preset).items()), words)
    recipe = made.fit(inspection).recipe
    assert recipe
    return [output.promise.compare for output in recipe.outputs]


def of_line(line: str, suffix: str = ".mp4") -> tuple[str, ...]:
    recipe = LineMaker(*line_recipe(line.split(), suffix)).fit(FILM).recipe
    assert recipe
    return recipe.outputs[0].promise.compare


@pytest.mark.parametrize(
    ("preset", "kinds"),
    [
        ("h264", [ALL]),
        ("hevc", [ALL]),
        ("vp9", [ALL]),
        ("av1", [ALL]),
        ("dnxhr", [(*ALL, "exact")]),
        ("prores-proxy", [(*ALL, "exact")]),
        ("flac", [("sound", "exact")]),
        ("archive", [(*ALL, "exact"), (), ()]),
        ("mp3", [("sound",)]),
        ("opus", [("sound",)]),
        ("speech", [("sound", "exact")]),
        ("remux", [()]),
        ("loudness", [()]),
        ("hls", [()]),
        ("thumbnails", [()]),
        ("contact-sheet", [()]),
    ],
)
def test_what_a_preset_keeps_is_compared(preset: str, kinds: list[tuple[str, ...]]) -> None:
    assert of_preset(preset) == kinds


def test_where_colours_change_levels_are_not_compared() -> None:
    hdr = source(video(transfer="smpte2084", pixel_format="yuv420p10le"), sound())

    assert of_preset("h264", hdr) == [("pictures", "sound")]
    assert of_preset("hevc-hdr", hdr) == [ALL]
    rgb, alpha = video(pixel_format="rgb24", is_rgb=True), video(has_alpha=True)
    assert of_preset("h264", source(rgb, sound())) == [("pictures", "sound")]
    assert of_preset("h264", source(alpha, sound())) == [("pictures", "sound")]
    assert of_preset("h264", source(video(range="pc"), sound())) == [ALL]


def test_what_is_made_of_two_sounds_is_not_compared() -> None:
    assert of_preset("mp3", source(mono(), mono(), container="mxf")) == [()]


def test_words_after_a_preset_may_change_all() -> None:
    assert of_preset("h264", FILM, "-vf", "hflip") == [("sound",)]
    assert of_preset("h264", FILM, "-t", "2") == [()]


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("-c:v libx264 -c:a aac", ALL),
        ("-c:v libx264 -vf scale=64:-2 -an", ("pictures", "levels")),
        ("-c:v libx264 -vf scale=64:48,hflip", ("sound",)),
        ("-c:v libx264 -af volume=2", ("pictures", "levels")),
        ("-c:v copy -c:a aac", ("sound",)),
        ("-c copy", ()),
        ("-c:v libx264 -t 2", ()),
        ("-c:v libx264 -r 12", ()),
        ("-ss 1 -i {input} -c:v libx264", ()),
        ("-hwaccel cuda -i {input} -c:v libx264", ()),
        ("-c:v libx264 -color_range pc", ("pictures", "sound")),
        ("-c:v libx264 -vf scale=out_range=pc", ("pictures", "sound")),
        ("-c:v libx264 -vf scale=out_range=tv", ALL),
        ("-c:v libx264 -vf scale=out_color_matrix=bt709", ("pictures", "sound")),
        ("-c:v libx264 -colorspace bt709", ("pictures", "sound")),
        ("-c:v libx264 -vf yadif=deint=interlaced", ALL),
        ("-c:v libx264 -vf bwdif=mode=send_frame", ALL),
        ("-c:v libx264 -vf yadif=1", ()),
        ("-c:v libx264 -vf bwdif", ()),
        ("-c:v libx264 -vf format=rgb24", ("pictures", "sound")),
        ("-c:v libx264 -vf format=yuv420p", ALL),
        ("-c:v libx264 -vf hqdn3d -af loudnorm", ()),
        ("-c:v libx264 -vf pad=200:200 -an", ()),
        ("-fflags +genpts -i {input} -c:v libx264", ()),
        ("-c:v libx264 -shortest", ()),
        ("-c:v libx264rgb", ("pictures", "sound")),
        ("-c:v ffv1 -pix_fmt gbrp", ("pictures", "sound")),
    ],
)
def test_of_a_line_only_what_it_leaves_is_compared(line: str, kinds: tuple[str, ...]) -> None:
    assert of_line(line) == kinds


def test_of_avi_which_has_no_times_only_the_sound_is_compared() -> None:
    assert of_line("-c:v mpeg4 -c:a libmp3lame", ".avi") == ("sound",)
