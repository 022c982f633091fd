from __future__ import annotations

import tomllib

import pytest

from batchff.ffmpeg.presets.errors import PresetError
from batchff.ffmpeg.presets.source import Key, Source, key_text

TEXT = """\
# what it is
description = "a"

[parameters.crf]
default = 20
choices = ["a", "b"]

[[outputs]]
file = "film.mp4"
streams = { video = "film" }
arguments = [
  "-c:v libx264",  # why ]
  # another comment
  { if = "crf", then = "[" },
  "last"]

[[outputs]]
file = "other.mp4"
words = '''
two

[lines]'''
[outputs.promise]
frames . more = 1  # ]
[[outputs.parts]]
a = 1
[[outputs.parts]]
a = [  # [
  1, 2,
  3 ]  # end
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("description",), 2),
        (("parameters", "crf"), 4),
        (("parameters", "crf", "default"), 5),
        (("parameters", "crf", "choices", 1), 6),
        (("outputs", 0), 8),
        (("outputs", 0, "file"), 9),
        (("outputs", 0, "streams", "video"), 10),
        (("outputs", 0, "arguments"), 11),
        (("outputs", 0, "arguments", 0), 12),
        (("outputs", 0, "arguments", 1), 14),
        (("outputs", 0, "arguments", 2), 15),
        (("outputs", 1), 17),
        (("outputs", 1, "file"), 18),
        (("outputs", 1, "words"), 19),
        # What isn't there is told at its table.
        (("parameters", "crf", "most"), 4),
        (("outputs", 1, "promise"), 23),
        (("outputs", 1, "promise", "frames"), 24),
        (("outputs", 1, "promise", "frames", "more"), 24),
        (("outputs", 1, "promise", "width"), 23),
        (("outputs", 1, "parts", 0, "a"), 26),
        (("outputs", 1, "parts", 1), 27),
        (("outputs", 1, "parts", 1, "a", 1), 29),
        (("outputs", 1, "parts", 1, "a", 2), 30),
        (("outputs", 0, "promise", "frames"), 8),
        (("runs",), 1),
    ],
)
def test_each_key_has_its_line(key: Key, line: int) -> None:
    assert Source("a.toml", TEXT).line_of(key) == line


def test_a_key_is_shown_as_people_count() -> None:
    assert key_text(("outputs", 0, "arguments", 2, "if")) == "outputs[1].arguments[3].if"


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \nc = 2", 2), ("a = [1,", 1), ("a = 1\na = 2", 2), ("\n\nx", 3)],
)
def test_what_isnt_toml_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(PresetError) as refused:
        _ = Source("a.toml", text).document
    assert refused.value.line == line
    assert refused.value.message.startswith(f"a.toml, line {line}: that isn't TOML: ")
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\na = 2", "the key is there twice"),
        ("[a.b]\n[a.b]", "[a.b] is there twice"),
        ("[a]\n[a]", "[a] is there twice"),
    ],
)
def test_what_is_there_twice_is_said_plainly(text: str, said: str) -> None:
    with pytest.raises(PresetError) as refused:
        _ = Source("a.toml", text).document
    assert refused.value.message == f"a.toml, line 2: that isn't TOML: {said}"


def test_a_long_file_is_read_as_fast_as_it_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    loads = tomllib.loads

    def counted(text: str) -> dict[str, object]:
        nonlocal asked
        asked += len(text)
        return loads(text)

    monkeypatch.setattr(tomllib, "loads", counted)
    lines = [f"a{number} = {number}" for number in range(2000)]
    text = "\n".join(["# why", *lines, "list = [", *("  1," for _ in range(5000)), "]", "last = 1"])
    assert Source("a.toml", text).line_of(("last",)) == text.count("\n") + 1
    assert asked < 3 * len(text)


def test_lists_within_lists_within_lists_are_told() -> None:
    with pytest.raises(PresetError, match=r"a\.toml: lists within lists are too many"):
        _ = Source("a.toml", "x = " + "[" * 2000 + "]" * 2000).document
