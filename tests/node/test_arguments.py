from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.node.arguments import arguments_file, names_format, read_arguments


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("-f hls -i {input} -c copy", True),
        ("-f concat -safe 0 -i {input}", True),
        ("-f lavfi -i sine -f hls -i {input}", True),
        ("-i {input} -f hls -i {input}", True),
        ("-vn", False),
        ("-f mp3", False),
        ("-i {input} -f mp3", False),
        ("-f lavfi -i sine -i {input} -f mp3", False),
        ("-f hls -i", False),
        ("-f", False),
    ],
)
def test_a_format_is_named_before_the_source(line: str, named: bool) -> None:
    assert names_format(line.split()) is named


# A preset refuses arguments with a line break.
arguments = st.lists(
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1)
).map(tuple)


@given(arguments)
def test_arguments_come_back_from_their_file(words: tuple[str, ...]) -> None:
    whole = ("-i", "{input}", *words)
    assert read_arguments(arguments_file(whole)) == whole


@given(arguments.filter(lambda words: "{input}" not in words))
def test_without_a_place_the_input_comes_first(words: tuple[str, ...]) -> None:
    assert read_arguments(arguments_file(words)) == ("-i", "{input}", *words)


def test_bytes_that_arent_text_arrive_as_they_were() -> None:
    word = os.fsdecode(b"title=caf\xe9")
    assert arguments_file(("-i", "{input}", word)).endswith(b"caf\xe9\n")
    assert read_arguments(arguments_file(("-i", "{input}", word)))[-1] == word
