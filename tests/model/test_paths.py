from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.model.paths import folders_above, split_suffix


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("clip.mov", ("clip", ".mov")),
        ("a.b/clip 1.MOV", ("a.b/clip 1", ".MOV")),
        ("tour.part.mp4", ("tour.part", ".mp4")),
        ("name", ("name", "")),
        ("a.b/name", ("a.b/name", "")),
        (".hidden", (".hidden", "")),
        (".hidden.mp4", (".hidden", ".mp4")),
        ("name.", ("name.", "")),
        ("..mp4", ("..mp4", "")),
    ],
)
def test_a_path_is_split_before_its_last_suffix(path: str, parts: tuple[str, str]) -> None:
    assert split_suffix(path) == parts


@given(st.text("ab./ "))
def test_the_parts_are_the_path(path: str) -> None:
    start, suffix = split_suffix(path)
    assert start + suffix == path
    assert suffix == "" or (suffix.startswith(".") and "/" not in suffix)


def test_the_folders_above_a_path_are_nearest_first() -> None:
    assert list(folders_above("a/b c/d.mp4")) == ["a/b c", "a"]
    assert list(folders_above("d.mp4")) == []
