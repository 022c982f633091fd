"""Tests of `streams_in` in recipes.py."""

from __future__ import annotations

import shlex

import pytest

from batchff.ffmpeg.chunks.recipes import streams_in
from batchff.ffmpeg.line_recipe import line_recipe
from batchff.model.inspection import StreamKind

_KINDS = (
    *(StreamKind.VIDEO, StreamKind.AUDIO, StreamKind.AUDIO),
    *(StreamKind.SUBTITLES, StreamKind.DATA),
)


@pytest.mark.parametrize(
    ("maps", "used"),
    [
        ("-map 0:v -map 0:a:1", {0, 2}),
        ("-map 0", {0, 1, 2, 3, 4}),
        ("-map 0 -sn -dn", {0, 1, 2}),
        ("-map 0 -an", {0, 3, 4}),
        ("-map 0:0 -map 0:2", {0, 2}),
        ("-map 0:V:0 -map 0:a? -map 0:s:7?", {0, 1, 2}),
        ("-map 0:v -map 0:a:m:language:ger", None),
        ("-c:a copy", None),
    ],
)
def test_maps_say_which_streams_are_used(maps: str, used: set[int] | None) -> None:
    recipe, _ = line_recipe([*shlex.split(maps), "-c:v", "libx264"], suffix=".mkv")
    assert streams_in(recipe, _KINDS) == used
    assert streams_in(recipe) is None
