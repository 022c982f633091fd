from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.inspection.blocks import BLOCK, BlockFile

DATA = bytes(range(256)) * 3000  # three blocks, the last one not full


def file_of(data: bytes, reads: list[int] | None = None) -> BlockFile:
    def read_at(start: int, length: int) -> bytes:
        if reads is not None:
            reads.append(start)
        return data[start : start + length]

    return BlockFile(len(data), read_at)


@given(st.lists(st.tuples(st.integers(0, len(DATA) + 10), st.integers(1, 2 * BLOCK)), max_size=20))
def test_it_reads_as_a_file_does(places: list[tuple[int, int]]) -> None:
    file = file_of(DATA)
    for place, length in places:
        file.seek(place)
        piece = file.read(length)
        assert piece == DATA[place : place + len(piece)]
        assert bool(piece) == (place < len(DATA))
        assert file.tell() == place + len(piece)
        assert file.head(length, place) == DATA[place : place + length]


def test_a_block_is_read_once() -> None:
    reads: list[int] = []
    file = file_of(DATA, reads)
    for place in (0, 100, BLOCK - 1, 5, BLOCK):
        file.seek(place)
        file.read(32)

    assert reads == [0, BLOCK]
    assert file.fetched == 2 * BLOCK


def test_beyond_its_limit_it_seems_to_end_and_says_so() -> None:
    file = file_of(DATA)
    file.limit = BLOCK

    assert file.read(10) == DATA[:10]
    file.seek(2 * BLOCK)
    assert (file.read(10), file.is_spent) == (b"", True)
    file.seek(20)
    assert file.read(10) == DATA[20:30]


def test_its_real_end_spends_nothing() -> None:
    file = file_of(b"abc")

    assert (file.read(), file.read(), file.is_spent) == (b"abc", b"", False)


def test_seeks_count_from_all_ends() -> None:
    file = file_of(DATA)

    assert file.seek(-3, os.SEEK_END) == len(DATA) - 3
    assert file.seek(2, os.SEEK_CUR) == len(DATA) - 1
    with pytest.raises(OSError):
        file.seek(-1)
