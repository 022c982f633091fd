from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.presets import resolve
from batchff.ffmpeg.presets.errors import ParameterError
from batchff.ffmpeg.presets.find import our_presets
from batchff.ffmpeg.presets.model import Kind, Parameter, Preset, Value
from batchff.ffmpeg.presets.parameters import SAFE_TEXT, plain, read_value
from batchff.ffmpeg.presets.read import read_preset
from batchff.ffmpeg.presets.source import Source

OPEN = re.compile(r"\{(?!input\}$|measured:[a-z_]+\})")


def values_of(parameter: Parameter) -> st.SearchStrategy[Value]:
    if parameter.kind is Kind.CHOICE:
        return st.sampled_from(parameter.choices)
    if parameter.kind is Kind.TEXT:
        return st.from_regex(SAFE_TEXT, fullmatch=True)
    least, most = parameter.least, parameter.most
    assert least is not None and most is not None
    if parameter.kind is Kind.INTEGER:
        return st.integers(int(least), int(most))
    return st.floats(least, most)


@st.composite
def settings(draw: st.DrawFn) -> tuple[Preset, dict[str, Value]]:
    preset = draw(st.sampled_from(list(our_presets().values())))
    values = {name: values_of(each) for name, each in preset.parameters.items()}
    return preset, draw(st.fixed_dictionaries({}, optional=values))


@given(settings())
def test_no_brace_is_left_whatever_the_values(drawn: tuple[Preset, dict[str, Value]]) -> None:
    preset, values = drawn
    recipe = resolve(preset, values)
    assert recipe.name == preset.name
    for run in recipe.runs:
        assert "{input}" in run.arguments or "film.mkv" in run.arguments
        for word in run.arguments:
            assert word and not OPEN.search(word)
            assert word == "{input}" or word.count("}") == word.count("{measured:")
    for output in recipe.outputs:
        assert not re.search("[{}]", output.node_name + output.suffix + "".join(output.suffixes))
        assert bool(output.suffix) is not output.is_folder
    # As texts of the command line they are the same.
    texts = {name: plain(value) for name, value in values.items()}
    assert resolve(preset, texts) == recipe


def preset_of(text: str) -> Preset:
    return read_preset("mine", Source("mine.toml", text), {})


WORDS = """\
description = "a"
[parameters.title]
type = "text"
default = ""
help = "a title"
[parameters.wait]
type = "duration"
default = "1.5m"
help = "a time"
[parameters.kind]
type = "choice"
default = "mkv"
choices = ["mkv", "mp4"]
help = "a container"
[texts]
pair = ["a", { if = "title", then = "b={title}" }]
[[outputs]]
file = "film.{kind}"
streams = { video = "film" }
promise = { height = 720 }
arguments = [
  { if = "title", then = "-metadata title={title}", else = "-metadata 'title=no title'" },
  { if = "wait >= 100", then = "-t {wait}" },
  { if = "kind != mkv", then = "-movflags +faststart" },
  "-metadata comment='%{{pts}} {pair}'",
]
"""


def words(**given: Value) -> list[str]:
    (run,) = resolve(preset_of(WORDS), given).runs
    return list(run.arguments)[6:]


def test_a_value_stays_one_argument() -> None:
    assert words(title="two words") == [
        *("-metadata", "title=two words"),
        *("-metadata", "comment=%{pts} a b=two words", "film.mkv"),
    ]


def test_conditions_choose_arguments() -> None:
    assert words(wait="2m", kind="mp4") == [
        *("-metadata", "title=no title", "-t", "120", "-movflags", "+faststart"),
        *("-metadata", "comment=%{pts} a", "film.mp4"),
    ]


def test_an_output_is_described_with_the_values() -> None:
    (output,) = resolve(preset_of(WORDS), {"kind": "mp4"}).outputs
    assert (output.node_name, output.suffix, output.name) == ("film.mp4", ".mp4", "")
    assert output.promise.height == 720


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("h264", {"crf": "52"}, "preset h264: crf must be a number from 0 to 51, not '52'"),
        ("h264", {"crf": "good"}, "crf must be a number from 0 to 51, not 'good'"),
        ("h264", {"crf": "nan"}, "crf must be a number from 0 to 51, not 'nan'"),
        ("h264", {"height": "720.5"}, "height must be a whole number from 0 to 4320, not '720.5'"),
        ("h264", {"speed": "quick"}, "speed must be one of ultrafast, superfast"),
        ("h264", {"speed": "fast;rm"}, "speed must be one of ultrafast"),
        ("h264", {"crff": "20"}, "preset h264 has no parameter 'crff'"),
        ("flac", {"crf": "20"}, "preset flac has no parameter 'crf'"),
        ("thumbnails", {"interval": "0"}, "interval must be a duration as 10s or 2m from 0.04 to"),
        ("thumbnails", {"interval": "soon"}, "interval must be a duration"),
        ("loudness", {"target": "-80"}, "target must be a number from -70 to -5, not '-80'"),
    ],
)
def test_a_value_that_cant_be_is_told(name: str, given: dict[str, Value], message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        resolve(our_presets()[name], given)
    assert message in refused.value.message
    assert refused.value.hint
    assert "\n" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("text", ["a:b", "it's", "a,b", "%d", "a/b", "{crf}", "a\nb", "x" * 101])
def test_a_text_that_filters_would_read_otherwise_is_refused(text: str) -> None:
    parameter = Parameter("title", Kind.TEXT, "", "")
    with pytest.raises(ValueError, match="up to 100 letters"):
        read_value(parameter, text)
