from __future__ import annotations

import shlex

from batchff.ffmpeg.presets import list_presets, load_preset
from tests.commands import Batchff


def test_list_shows_each_preset_on_a_line(run: Batchff) -> None:
    outcome = run("preset", "list")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "h264  H.264 and AAC in MP4, playable everywhere and from the first byte on\n"
        "mp3   The sound alone, as MP3 at about 190 kbit/s (LAME V2)\n"
    )


def test_list_as_json_holds_all_that_a_preset_is(run: Batchff) -> None:
    presets = run("--json", "preset", "list").result["presets"]
    assert [preset["name"] for preset in presets] == [preset.name for preset in list_presets()]
    mp3 = presets[1]
    assert mp3["suffix"] == ".mp3"
    assert mp3["arguments"] == list(load_preset("mp3").arguments)


def test_show_tells_what_is_asked_of_ffmpeg(run: Batchff) -> None:
    outcome = run("preset", "show", "mp3")
    description, suffix, arguments = outcome.out.splitlines()
    assert (outcome.code, outcome.err) == (0, "")
    assert description == "The sound alone, as MP3 at about 190 kbit/s (LAME V2)"
    assert suffix == "suffix: .mp3"
    words = shlex.split(arguments.removeprefix("ffmpeg arguments: "))
    assert tuple(words) == load_preset("mp3").arguments


def test_an_unknown_preset_is_told_with_the_known_ones(run: Batchff) -> None:
    assert run("preset", "show", "mp4").err == (
        "error: there is no preset called 'mp4' (the presets are: h264, mp3)\n"
    )
