"""Boxes: what is written is read again, and no bytes make the reader fail in another way."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.boxes import (
    LONG_HEAD,
    Box,
    DamagedBoxes,
    box_head,
    long_head,
    parse_box,
    top_boxes,
)
from tests.ffmpeg.chunks.synthetic import reader

_KINDS = st.sampled_from([b"stsd", b"mvhd", b"elst", b"free", b"\xa9nam"])
_LEAVES = st.builds(Box, _KINDS, st.binary(max_size=20))
_BOXES = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        Box,
        st.sampled_from([b"trak", b"mdia", b"stbl"]),
        st.just(b""),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@given(st.lists(_BOXES, min_size=1, max_size=4))
def test_what_is_written_is_read_again(boxes: list[Box]) -> None:
    index = Box(b"moov", b"", boxes)
    written = index.written()
    [place] = top_boxes(reader(written), len(written))
    assert parse_box(place.kind, written[place.start : place.end]) == index


@given(st.binary(max_size=60), st.sampled_from([b"moov", b"trak", b"free"]))
def test_any_bytes_are_boxes_or_damaged(content: bytes, kind: bytes) -> None:
    with suppress(DamagedBoxes):
        parse_box(kind, content)
    with suppress(DamagedBoxes):
        list(top_boxes(reader(content), len(content)))


@pytest.mark.parametrize("length", [0, 2, 7, 17, 2**32 - 1])
def test_a_box_that_is_shorter_than_its_head_or_longer_than_the_file_is_damaged(
    length: int,
) -> None:
    content = struct.pack(">I4s", length, b"trak") + bytes(8)
    if length == 0:  # up to the end
        assert [box.kind for box in parse_box(b"moov", content).boxes] == [b"trak"]
        return
    with pytest.raises(DamagedBoxes):
        parse_box(b"moov", content)
    with pytest.raises(DamagedBoxes):
        list(top_boxes(reader(content), len(content)))


def test_a_long_head_and_one_without_a_length_are_understood() -> None:
    content = long_head(b"free", 3) + b"abc" + struct.pack(">I4s", 0, b"mdat") + b"rest"
    places = list(top_boxes(reader(content), len(content)))
    found = [(place.kind, content[place.start : place.end]) for place in places]
    assert found == [(b"free", b"abc"), (b"mdat", b"rest")]


def test_a_box_of_4_gib_has_a_long_head() -> None:
    assert len(box_head(b"mdat", 2**32 - 9)) == 8
    assert box_head(b"mdat", 2**32 - 8) == long_head(b"mdat", 2**32 - 8)
    assert len(long_head(b"mdat", 1)) == LONG_HEAD


def test_boxes_in_boxes_without_end_are_not_followed() -> None:
    content = b""
    for _ in range(2000):
        content = Box(b"trak", content).written() if content else Box(b"trak").written()
    parse_box(b"moov", content)


def test_a_box_is_found_put_and_removed() -> None:
    box = Box(b"moov", b"", [Box(b"trak", b"", [Box(b"tkhd", b"1")]), Box(b"trak")])

    assert box.content_of(b"trak", b"tkhd") == b"1"
    box.put(Box(b"udta", b"2"))
    box.put(Box(b"udta", b"3"))
    assert box.content_of(b"udta") == b"3"
    box.remove(b"trak", b"udta")
    assert box.boxes == []
    with pytest.raises(DamagedBoxes, match="trak"):
        box.content_of(b"trak")
