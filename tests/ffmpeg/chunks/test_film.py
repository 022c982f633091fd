"""Ranges that are packed: each byte that is asked for is in the pack, where it's said to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.film import Splice, pack
from batchff.model.byte_ranges import ByteRange

SOURCE = bytes(range(256))


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 50)), max_size=12), st.integers(0, 40)
)
def test_each_piece_is_in_the_pack_where_it_says(pieces: list[tuple[int, int]], gap: int) -> None:
    packed = pack(pieces, gap)
    content = b"".join(SOURCE[each.start : each.end] for each in packed.ranges)
    assert packed.size == len(content)
    for start, size in pieces:
        if size:
            at = packed.place(start)
            assert content[at : at + size] == SOURCE[start : start + size]


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 50)), min_size=1), st.integers(0, 40))
def test_ranges_are_in_order_and_further_apart_than_the_gap(
    pieces: list[tuple[int, int]], gap: int
) -> None:
    ranges = pack(pieces, gap).ranges
    for one, after in zip(ranges, ranges[1:], strict=False):
        assert one.end + gap < after.start
    asked = {byte for start, size in pieces for byte in range(start, start + size)}
    assert ranges[0].start == min(asked) and ranges[-1].end == max(asked) + 1


def test_a_splice_is_as_large_as_its_parts() -> None:
    assert Splice((b"head", ByteRange(10, 30), b"", ByteRange(50, 51)), 3).size == 25
