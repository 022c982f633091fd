from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.errors import BatchffError, UsageError
from batchff.ffmpeg.line import parse_line
from batchff.ffmpeg.line_recipe import line_recipe, names_format
from batchff.model.recipes import WHOLE, RecipeOutput


def test_a_line_of_one_file_makes_that() -> None:
    recipe, _ = line_recipe(["-i", "{input}", "-vn", "-q:a", "2", "sound.mp3"])
    assert recipe.name == "custom"
    assert [run.arguments for run in recipe.runs] == [
        ("-i", "{input}", "-vn", "-q:a", "2", "sound.mp3")
    ]
    assert recipe.outputs == (RecipeOutput("sound.mp3", ".mp3"),)


OPTIONS = (
    st.sampled_from(["-vn", "-sn", "-dn", "-shortest"]).map(lambda word: [word])
    | st.tuples(st.sampled_from(["-t", "-to", "-q:a", "-ac"]), st.integers(1, 8).map(str)).map(list)
    | st.sampled_from(["0:a", "0:a:0", "0"]).map(lambda streams: ["-map", streams])
    | st.sampled_from(["volume=2", "loudnorm"]).map(lambda filters: ["-af", filters])
    | st.text(st.characters(exclude_characters="\n\0", codec="utf-8"), min_size=1).map(
        lambda title: ["-metadata", f"title={title}"]
    )
)


@given(st.lists(OPTIONS, min_size=1, max_size=5), st.sampled_from([".flac", ".mp3", ".wav"]))
def test_the_source_comes_first_where_no_place_is_named_and_the_output_last(
    options: list[list[str]], suffix: str
) -> None:
    words = [word for option in options for word in option]
    (run,) = line_recipe(words, suffix)[0].runs
    assert run.arguments[:-1] == ("-i", "{input}", *words)
    assert run.arguments[-1].endswith(suffix)


def test_a_filter_may_read_a_file_beside_the_source() -> None:
    words = ["-vf", "subtitles={with:0},lut3d={with:1}", "small.mp4"]
    recipe, _ = line_recipe(words, beside=("with-0.srt", "with-1.cube"))
    assert recipe.runs[0].arguments == ("-i", "{input}", *words)
    assert recipe.files_beside == 2
    with pytest.raises(UsageError, match=r"\{with:1\} isn't among the files .*: one is given"):
        line_recipe(words, beside=("with-0.srt",))


def test_several_files_become_a_folder() -> None:
    recipe, _ = line_recipe(["-i", "{input}", "small.mp4", "-map", "0:a", "sound.opus"])
    assert recipe.outputs == (RecipeOutput(WHOLE, is_folder=True, suffixes=(".mp4", ".opus")),)


def test_pictures_become_a_folder() -> None:
    recipe, _ = line_recipe(["-i", "{input}", "-vf", "fps=1", "shot-%03d.png"])
    assert recipe.outputs[0].is_folder


@pytest.mark.parametrize(
    "words", ["-i {input} ../out.mp4", "-i {input} /tmp/out.mp4", "-i {input} rtmp://host/out.mp4"]
)
def test_what_cant_be_downloaded_is_refused(words: str) -> None:
    with pytest.raises(BatchffError):
        line_recipe(words.split())


@pytest.mark.parametrize("word", ["title=a\nb", "title=a\0b"])
def test_words_that_no_file_of_one_argument_a_line_can_carry_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match="line break or a zero byte"):
        line_recipe(["-i", "{input}", "-metadata", word, "a.mp3"])


def test_bytes_that_arent_text_are_kept() -> None:
    word = os.fsdecode(b"title=caf\xe9")
    (run,) = line_recipe(["-i", "{input}", "-metadata", word, "a.mp3"])[0].runs
    assert word in run.arguments


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("-f hls -i {input} -c copy a.mp4", True),
        ("-f concat -safe 0 -i {input} a.mp4", True),
        ("-f lavfi -i sine -f hls -i {input} a.mp4", True),
        ("-vn a.mp3", False),
        ("-i {input} -f mp3 a.mp3", False),
        ("-f lavfi -i sine -i {input} -f mp3 a.mp3", False),
    ],
)
def test_a_format_is_named_before_the_source(line: str, named: bool) -> None:
    assert names_format(parse_line(line.split())) is named
