from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.errors import UsageError
from batchff.ffmpeg.presets import custom_preset, list_presets, load_preset
from batchff.node.arguments import arguments_file


def test_the_presets_that_come_with_batchff_are_listed_by_name() -> None:
    presets = list_presets()

    assert [(preset.name, preset.suffix) for preset in presets] == [
        ("h264", ".mp4"),
        ("mp3", ".mp3"),
    ]
    assert all(preset.description for preset in presets)


def test_a_preset_is_loaded_by_its_name() -> None:
    assert load_preset("mp3") in list_presets()


@pytest.mark.parametrize("name", ["mp4", "", "../presets/mp3", "MP3", "mp3.toml"])
def test_an_unknown_preset_is_refused_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_preset(name)

    assert f"'{name}'" in refused.value.message
    assert "h264, mp3" in refused.value.hint


@pytest.mark.parametrize("suffix", ["mp3", ".", ".m p3", "./x", ".mp3\n", "." + "a" * 17, ".é"])
def test_a_suffix_that_is_no_suffix_is_refused(suffix: str) -> None:
    with pytest.raises(UsageError, match="suffix"):
        custom_preset(["-vn"], suffix)


def test_arguments_of_ones_own_need_a_suffix() -> None:
    with pytest.raises(UsageError, match="need a suffix"):
        custom_preset([], "")


@pytest.mark.parametrize("argument", ["two\nlines", "zero\0byte", "half a pair \ud800"])
def test_an_argument_that_a_line_cannot_carry_is_refused(argument: str) -> None:
    with pytest.raises(UsageError):
        custom_preset(["-metadata", argument], ".mp3")


def test_the_input_comes_first_where_the_arguments_do_not_place_it() -> None:
    assert arguments_file(custom_preset(["-vn"], ".mp3").arguments) == b"-i\n{input}\n-vn\n"


def test_the_input_stays_where_the_arguments_place_it() -> None:
    preset = custom_preset(["-ss", "5", "-i", "{input}", "-vn"], ".mp3")

    assert arguments_file(preset.arguments) == b"-ss\n5\n-i\n{input}\n-vn\n"


@given(st.lists(st.binary().filter(lambda data: not {0, 10} & set(data))))
def test_whatever_bytes_a_command_line_can_hold_stand_on_a_line_of_their_own(
    arguments: list[bytes],
) -> None:
    texts = [argument.decode("utf-8", "surrogateescape") for argument in arguments]

    lines = arguments_file(custom_preset(["{input}", *texts], ".mkv").arguments).split(b"\n")

    assert lines == [b"{input}", *arguments, b""]
