from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.ebml import (
    UNKNOWN,
    children,
    element_at,
    number_of,
    parse_head,
    value_of,
    written,
    written_number,
)
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.reading import Pieces


def _pieces(content: bytes) -> Pieces:
    return Pieces(lambda at, length: content[at : at + length], len(content))


@given(
    st.lists(
        st.tuples(st.sampled_from([0xA3, 0x4489, 0x2AD7B1, 0x1F43B675]), st.binary(max_size=40))
    )
)
def test_what_is_written_is_read_again(elements: list[tuple[int, bytes]]) -> None:
    content = b"".join(written(kind, inner) for kind, inner in elements)
    assert [(kind, inner) for kind, _, inner in children(content)] == elements
    assert b"".join(whole for _, whole, _ in children(content)) == content


@given(st.integers(0, 2**64 - 1))
def test_numbers_are_read_again(number: int) -> None:
    assert number_of(written_number(0xD7, number), 0xD7, 5) == number
    assert number_of(b"", 0xD7, 5) == 5
    assert value_of(b"", 0xD7) is None


def test_a_size_can_be_unknown() -> None:
    found = element_at(_pieces(b"\x18\x53\x80\x67" + UNKNOWN + b"more"), 0, 16)
    assert (found.id, found.data, found.end) == (0x18538067, 12, None)
    short = parse_head(b"\x1f\x43\xb6\x75\xff", 0)
    assert short is not None
    assert short.end is None


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\xa3", b"\x08\x81\x00", b"\xa3\x85abc"])
def test_what_is_no_element_is_refused(content: bytes) -> None:
    with pytest.raises(CannotCut):
        element_at(_pieces(content), 0, len(content))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        assert b"".join(whole for _, whole, _ in children(content)) == content
    except CannotCut:
        return
