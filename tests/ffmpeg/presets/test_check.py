"""What can be wrong with a preset's file: each mistake is one line, with its line and key."""

from __future__ import annotations

import pytest

from batchff.ffmpeg.presets.check import check_preset
from batchff.ffmpeg.presets.errors import PresetError
from batchff.ffmpeg.presets.find import our_presets
from batchff.ffmpeg.presets.read import read_preset
from batchff.ffmpeg.presets.source import Source

GOOD = """\
description = "H.264"
plays = "everywhere"

[parameters.crf]
type = "integer"
default = 23
least = 0
most = 51
help = "quality"

[parameters.speed]
type = "choice"
default = "fast"
choices = ["fast", "slow"]
help = "speed"

[[outputs]]
name = "film"
file = "film.mp4"
streams = { video = "film", audio = "all" }
promise = { duration = true }
video_filters = ["scale=-2:720"]
arguments = [
  "-c:v libx264 -crf {crf}",
  { if = "speed = slow", then = "-preset slow", else = "-preset fast" },
]

[[outputs]]
name = "pictures"
folder = "pictures"
writes = "%d.jpg"
suffixes = [".jpg"]
streams = { video = "film" }
arguments = ["-r 1"]
"""

BAD = [
    # What isn't there, or means nothing.
    ('description = "H.264"', "", "line 1: description: is missing"),
    ("plays =", "play =", "line 2: play: means nothing here (did you mean plays?)"),
    ("most = 51", "max = 51", "line 8: parameters.crf.max: means nothing here (the keys here are:"),
    ("[[outputs]]", "[[output]]", "line 1: outputs: is missing"),
    ('"film", audio', '"film", sound', "line 20: outputs[1].streams.sound: means nothing here"),
    ("then =", "than =", "line 25: outputs[1].arguments[2].than: means nothing here"),
    ('file = "film.mp4"', "", "line 17: outputs[1].file: is missing"),
    ('writes = "%d.jpg"', "", "line 28: outputs[2].writes: is missing"),
    ('suffixes = [".jpg"]', "", "line 28: outputs[2].suffixes: is missing"),
    ('name = "pictures"', "", "line 28: outputs[2].name: is missing"),
    ('type = "integer"', "", "line 4: parameters.crf.type: is missing"),
    # Types and values.
    ('"H.264"', "264", "line 1: description: must be a text, not 264"),
    ("default = 23", "default = 99", "line 6: parameters.crf.default: must be a whole number"),
    ("default = 23", 'default = "23"', "line 6: parameters.crf.default: must be a whole number"),
    ("default = 23", "default = 2.5", "line 6: parameters.crf.default: must be a whole number"),
    ('"fast"\nchoices', '"fats"\nchoices', "line 13: parameters.speed.default: must be one of"),
    ("least = 0", "least = true", "line 7: parameters.crf.least: must be a number, not true"),
    ("least = 0", "least = 60", "line 7: parameters.crf.least: is above most, which is 51"),
    ('type = "integer"', 'type = "int"', "line 5: parameters.crf.type: must be one of integer,"),
    ('["fast", "slow"]', '["fast", "a:b"]', "line 14: parameters.speed.choices[2]: a choice is"),
    ("parameters.crf", "parameters.CRF", "line 4: parameters.CRF: can't be a name"),
    ("parameters.crf", "parameters.input", "line 4: parameters.input: can't be a name: it has a"),
    ("duration = true", "duration = 1", "line 21: outputs[1].promise.duration: must be true or"),
    ("duration = true", 'video = "two"', "line 21: outputs[1].promise.video: must be one of none"),
    ("duration = true", "width = -1", "line 21: outputs[1].promise.width: must be a number of"),
    ('audio = "all"', 'audio = "film"', "line 20: outputs[1].streams.audio: must be one of none"),
    # Names.
    ("film.mp4", "/film.mp4", "line 19: outputs[1].file: '/film.mp4' can't be an output: it's an"),
    ("film.mp4", "../film.mp4", "line 19: outputs[1].file: '../film.mp4' can't be an output: it l"),
    ("film.mp4", "input.mp4", "line 19: outputs[1].file: 'input.mp4' is the name of another file"),
    ("film.mp4", "a b.mp4", "line 19: outputs[1].file: 'a b.mp4' can't be an output"),
    ('name = "pictures"', 'name = "film"', "line 29: outputs[2].name: two outputs are called"),
    ("%d.jpg", "../%d.jpg", "line 31: outputs[2].writes: 'pictures/../%d.jpg' can't be an output"),
    # Parameters.
    ("{crf}", "{cfr}", "line 24: outputs[1].arguments[1]: there is no parameter 'cfr' (did you"),
    ("-crf {crf}", "", "line 4: parameters.crf: is never used"),
    ("{crf}", "{crf", "line 24: outputs[1].arguments[1]: '{' is alone"),
    ("{crf}", "{crf} {input}", "line 24: outputs[1].arguments[1]: {input} can't be used here"),
    ("{crf}", "{measured:input_i}", "line 24: outputs[1].arguments[1]: no earlier run measures"),
    ("= slow", "= slwo", "line 25: outputs[1].arguments[2].if: 'slwo' is no choice of speed"),
    ("speed = slow", "sped", "line 25: outputs[1].arguments[2].if: there is no parameter 'sped'"),
    ("speed = slow", "a = b = c", "line 25: outputs[1].arguments[2].if: 'a = b = c' is no"),
    ("-crf {crf}", "-crf '{crf}", "line 24: outputs[1].arguments[1]: a quote isn't closed"),
    # What ffmpeg wouldn't do.
    ("libx264", "libx264x", "line 24: outputs[1].arguments[1]: ffmpeg "),
    ("scale=", "scael=", "line 22: outputs[1].video_filters: ffmpeg "),
    ("-preset slow", "-prset slow", "line 25: outputs[1].arguments[2]: ffmpeg "),
    ("film.mp4", "film.mp5", "line 19: outputs[1].file: 'film.mp5' is an output here, but"),
    ("-r 1", "other.mp4", "line 34: outputs[2].arguments[1]: ffmpeg makes 'other.mp4' as w"),
    ('".jpg"', '".png"', "line 32: outputs[2].suffixes: .jpg is missing: ffmpeg makes pictures/*"),
    ('{ video = "film" }', "{}", "line 33: outputs[2].streams: nothing of the source is taken"),
    # What one writes without knowing better, or on purpose.
    ("description", "describtion", "line 1: description: is missing (is describtion meant?)"),
    ('"H.264"', "[1]", "line 1: description: must be a text, not a list (write it in quotes:"),
    (
        '[".jpg"]',
        '".jpg"',
        "line 32: outputs[2].suffixes: must be a list, not '.jpg' (write it in br",
    ),
    (
        "{ duration = true }",
        '"long"',
        "line 21: outputs[1].promise: must be a table, not 'long' (wr",
    ),
    (
        "default = 23",
        "default = 1979-05-27",
        "line 6: parameters.crf.default: must be a whole numbe",
    ),
    ("least = 0", "least = -inf", "line 7: parameters.crf.least: -inf is no bound (leave it out"),
    ("least = 0", "least = nan", "line 7: parameters.crf.least: nan is no bound (leave it out"),
    (
        '["fast", "slow"]',
        '["fast", "fast"]',
        "line 14: parameters.speed.choices[2]: 'fast' is ther",
    ),
    ("film.mp4", "fílm.mp4", "line 19: outputs[1].file: 'fílm.mp4' can't be an output"),
    (
        'name = "pictures"',
        'name = "FILM"',
        "line 29: outputs[2].name: two outputs are called 'FILM'",
    ),
    (
        "H.264",
        "A \u202efilm",
        "line 1: description: must be one line of text, without control char",
    ),
    ("-crf {crf}", "-i a.mp4 -crf {crf}", "line 24: outputs[1].arguments[1]: -i can't be one of"),
    (
        "-crf {crf}",
        "-report -crf {crf}",
        "line 24: outputs[1].arguments[1]: ffmpeg makes 'ffmpeg-*.",
    ),
    (
        "{crf}",
        "{with:x}",
        "line 24: outputs[1].arguments[1]: there is no parameter 'with:x' (files b",
    ),
    (
        "{crf}",
        "{a b}",
        "line 24: outputs[1].arguments[1]: there is no parameter 'a b' (a brace that",
    ),
    ("-crf {crf}", "-crf {crf} -pass 2", "line 24: outputs[1].arguments[1]: -pass 2 needs the"),
]


def mistake(text: str) -> PresetError | None:
    try:
        check_preset(read_preset("mine", Source("mine.toml", text), our_presets(), is_own=True))
    except PresetError as error:
        return error
    return None


def shown(error: PresetError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def test_a_good_preset_has_no_mistake() -> None:
    assert mistake(GOOD) is None


@pytest.mark.parametrize(("right", "wrong", "message"), BAD)
def test_a_mistake_is_told_with_its_line_and_key(right: str, wrong: str, message: str) -> None:
    assert right in GOOD
    error = mistake(GOOD.replace(right, wrong))
    assert error is not None
    assert shown(error).startswith(f"mine.toml, {message}")
    assert "\n" not in shown(error)
    assert f"line {error.line}: {error.key}" in shown(error)


RUNS = (
    GOOD
    + """
[[runs]]
makes = ["film", "pictures"]
"""
)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('"film", "pictures"', '"film"', "line 28: outputs[2]: no run makes it"),
        ('"film", "pictures"', '"film", "film"', "line 17: outputs[1]: two runs make it"),
        ('"film", "pictures"', '"film", "x"', "line 37: runs[1].makes[2]: no output is 'x'"),
        ("makes", 'measures = "volume"\nmakes', "line 37: runs[1].measures: must be one of loud"),
        ("makes", 'reads = "other.mp4"\nmakes', "line 37: runs[1].reads: no output is called"),
        ("makes", 'graph = ["[0:v"]\nmakes', "line 37: runs[1].graph: "),
        (
            "makes",
            'reads = "film.mp4"\nmakes',
            "line 37: runs[1].reads: no earlier run makes 'film",
        ),
        ("makes", 'input = ["-crf 3"]\nmakes', "line 37: runs[1].input[1]: -crf "),
        ("makes", 'input = ["-ss \'3"]\nmakes', "line 37: runs[1].input[1]: a quote isn't closed"),
        ("makes", 'input = ["-i {with:0}"]\nmakes', "line 37: runs[1].input[1]: {with:0} can't b"),
        ("makes", 'inputs = ["-i a.srt"]\nmakes', "line 37: runs[1].inputs[1]: -i reads 'a.srt'"),
    ],
)
def test_a_mistake_in_a_run_is_told(right: str, wrong: str, message: str) -> None:
    assert mistake(RUNS) is None
    head, _, tail = RUNS.rpartition(right)
    error = mistake(head + wrong + tail)
    assert error is not None
    assert error.message.startswith(f"mine.toml, {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('based_on = "h265"', "line 2: based_on: there is no preset 'h265'"),
        ('based_on = "h264"\nset = { crf = 99 }', "line 3: set.crf: must be a number from 0 to 51"),
        ('based_on = "h264"\nset = { rate = 9 }', "line 3: set.rate: h264 has no such parameter"),
        ('based_on = "h264"\nfile = "a.mp4"', "line 3: file: means nothing here"),
        ('based_on = "h264"\nset = [1]', "line 3: set: must be a table, not a list"),
        (
            'based_on = "mine"',
            "line 2: based_on: there is no preset 'mine' (it may be one that com",
        ),
        ('based_on = "h264"\n[[outputs]]\nfile = "a"', "line 3: outputs: can't be used with based"),
    ],
)
def test_a_mistake_in_what_is_based_on_another_is_told(text: str, message: str) -> None:
    error = mistake(f'description = "a"\n{text}\n')
    assert error is not None
    assert shown(error).startswith(f"mine.toml, {message}")


TEXTS = GOOD.replace("[[outputs]]", '[texts]\na = ["1", "{b}"]\nb = ["{a}"]\n[[outputs]]', 1)


@pytest.mark.parametrize("name", ["a", "b", "crf"])
def test_texts_that_name_each_other_in_a_circle_are_told(name: str) -> None:
    error = mistake(TEXTS.replace('"{b}"', f'"{{{name}}}"').replace("-crf {crf}", "-crf {b}"))
    if name == "crf":
        assert error is None
        return
    assert error is not None
    assert shown(error) == (
        f"mine.toml, line 18: texts.a[2]: the text '{name}' isn't known here "
        "(a text may name only parameters, and texts above it)"
    )


def test_what_a_preset_only_may_is_a_warning() -> None:
    text = GOOD.replace("scale=-2:720", "lut3d=/shared/film.cube")
    preset = read_preset("mine", Source("mine.toml", text), our_presets(), is_own=True)
    assert check_preset(preset) == (
        "-filter:v:0 reads /shared/film.cube of the node, not of this machine",
    )
    assert all(check_preset(each) == () for each in our_presets().values())


def test_a_mistake_that_one_value_makes_is_told_with_the_value() -> None:
    text = GOOD.replace("-preset slow", "-c:v libx264x")
    error = mistake(text)
    assert error is not None
    assert error.message.endswith("no encoder 'libx264x' (with speed=slow)")
    assert error.line == 25


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("scale=-2:720", "scale=-2:720,subtitles={input}"),
        ("scale=-2:720", "subtitles={with:0}:force_style='FontSize=9'"),
        ("-preset slow", "-vf subtitles={input} -preset slow"),
        ("makes", 'inputs = ["-itsoffset 1 -i {with:0}"]\nmakes'),
        ("makes", 'graph = ["movie={with:1}[m];[0:v][m]overlay[x]"]\nmakes'),
    ],
)
def test_a_run_may_read_files_beside_the_source_and_filters_the_source_itself(
    right: str, wrong: str
) -> None:
    text = RUNS.replace(right, wrong).replace('"-c:v libx264', '"-map [x] -c:v libx264')
    text = text if "[x]" in wrong else text.replace("-map [x] ", "")
    assert mistake(text) is None


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("scale=-2:720", "drawtext=text={with:0}", "line 22: outputs[1].video_filters: {with:0} i"),
        ("scale=-2:720", "subtitles=input.mkv", "line 22: outputs[1].video_filters: -filter:v:0 r"),
        ("%d.jpg", "{input}.jpg", "line 31: outputs[2].writes: {input} can't be used here"),
        ("film.mp4", "{with:0}.mp4", "line 19: outputs[1].file: '{with:0}.mp4' can't be an output"),
    ],
)
def test_a_file_of_the_node_where_none_is_read_is_a_mistake(
    right: str, wrong: str, message: str
) -> None:
    error = mistake(GOOD.replace(right, wrong))
    assert error is not None
    assert error.message.startswith(f"mine.toml, {message}")


def test_an_output_that_nothing_of_the_source_goes_to_is_a_mistake() -> None:
    text = 'description = "a"\n[[outputs]]\nfile = "a.mp4"\narguments = ["-c:v libx264"]\n'
    error = mistake(text)
    assert error is not None
    assert "nothing of the source is taken" in error.message
