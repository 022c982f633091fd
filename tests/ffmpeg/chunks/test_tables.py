"""Sample tables: read again as written; damaged ones are found so, in little time and memory."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchff.ffmpeg.chunks.boxes import Box, DamagedBoxes
from batchff.ffmpeg.chunks.tables import (
    Samples,
    descriptions_used,
    file_chunks,
    is_packed_oddly,
    read_samples,
    sample_boxes,
)


def _numbers(most: int, count: int, least: int = 0) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(least, most), min_size=count, max_size=count)


@st.composite
def _samples(draw: st.DrawFn) -> Samples:
    count = draw(st.integers(1, 12))
    lengths = draw(_numbers(2**20, count))
    decoded = [0, *accumulate(lengths)][:count]
    delays = draw(_numbers(2**31 - 1, count, -(2**31)))
    return Samples(
        draw(_numbers(2**63, count)),
        draw(_numbers(2**32 - 1, count)),
        decoded,
        [time + delay for time, delay in zip(decoded, delays, strict=True)],
        lengths,
        sorted(draw(st.sets(st.integers(0, count - 1)))),
    )


def _table(boxes: Sequence[Box]) -> Box:
    return Box(b"stbl", b"", list(boxes))


def _same(found: Samples, given: Samples) -> bool:
    return all(
        list(getattr(found, name)) == list(getattr(given, name)) for name in Samples.__slots__
    )


@given(_samples(), st.integers(1, 5))
def test_what_is_written_is_read_again(samples: Samples, description: int) -> None:
    table = _table(sample_boxes(samples, description))
    found = read_samples(table)
    assert _same(found, samples)
    assert descriptions_used(table) == {description}
    assert list(file_chunks(table).sizes) == list(samples.sizes)


def _runs(*runs: tuple[int, int]) -> bytes:
    return struct.pack(">II", 0, len(runs)) + b"".join(struct.pack(">II", *run) for run in runs)


def _plain(**boxes: bytes) -> Box:
    """Return a table of five samples of 10 bytes, in chunks of two, two and one."""
    contents = {
        "stsz": struct.pack(">III", 0, 10, 5),
        "stts": _runs((5, 40)),
        "stsc": struct.pack(">II6I", 0, 2, 1, 2, 1, 3, 1, 1),
        "stco": struct.pack(">II3I", 0, 3, 1000, 2000, 3000),
    } | boxes
    return _table([Box(name.encode(), content) for name, content in contents.items()])


def test_chunks_of_several_samples_of_one_size_are_read() -> None:
    found = read_samples(_plain())
    assert found.offsets == [1000, 1010, 2000, 2010, 3000]
    assert list(found.sizes) == [10] * 5
    assert list(found.shown) == [0, 40, 80, 120, 160]
    assert list(found.keys) == [0, 1, 2, 3, 4]
    chunks = file_chunks(_plain())
    assert (list(chunks.offsets), chunks.sizes) == ([1000, 2000, 3000], [20, 20, 10])


def test_chunks_of_an_hour_of_sound_are_summed_up_without_its_samples() -> None:
    second = 48_000
    hour = _plain(
        stsz=struct.pack(">III", 0, 4, 3600 * second),
        stsc=struct.pack(">II3I", 0, 1, 1, second, 1),
        stco=struct.pack(">II3600I", 0, 3600, *range(3600)),
    )
    assert set(file_chunks(hour).sizes) == {4 * second}


@pytest.mark.parametrize(
    ("size", "version", "channels", "bits", "oddly"),
    [(4, 0, 2, 16, False), (1, 0, 2, 16, True), (1, 0, 1, 8, False), (1, 1, 2, 16, True),
     (6, 1, 2, 24, False), (0, 0, 2, 16, False)],
)  # fmt: skip
def test_sound_that_is_packed_as_in_old_files_is_known(
    size: int, version: int, channels: int, bits: int, oddly: bool
) -> None:
    description = struct.pack(">8xI4s8xH6xHH8x", 36, b"sowt", version, channels, bits)
    sizes = struct.pack(">III", 0, size, 5) + bytes(0 if size else 20)
    assert is_packed_oddly(_plain(stsd=description, stsz=sizes)) == oddly


def test_marks_beyond_the_last_sample_are_left_out() -> None:
    found = read_samples(_plain(stss=struct.pack(">II4I", 0, 4, 0, 1, 4, 9)))
    assert list(found.keys) == [0, 3]


DAMAGES: dict[str, dict[str, bytes]] = {
    "too many samples": {"stsz": struct.pack(">III", 0, 1, 2**32 - 1)},
    "sizes cut off": {"stsz": struct.pack(">III", 0, 0, 5)},
    "no sizes": {"stsz": b""},
    "too few times": {"stts": _runs((4, 40))},
    "times cut off": {"stts": _runs((5, 40))[:-1]},
    "too few delays": {"ctts": _runs((4, 40))},
    "small sizes": {"stz2": b""},
    "chunks without samples": {"stsc": _runs()},
    "no chunk": {"stco": struct.pack(">II", 0, 0)},
    "chunks in no order": {"stsc": struct.pack(">II6I", 0, 2, 2, 2, 1, 1, 1, 1)},
    "chunks beyond the last": {"stsc": struct.pack(">II6I", 0, 2, 1, 2, 1, 9, 1, 1)},
    "too many in a chunk": {"stsc": struct.pack(">II3I", 0, 1, 1, 2**32 - 1, 1)},
    "too few in chunks": {"stsc": struct.pack(">II3I", 0, 1, 1, 1, 1)},
    "an endless count of chunks": {"stsc": struct.pack(">II", 0, 2**32 - 1)},
    "chunks cut off": {"stco": b"\0\0\0"},
}


@pytest.mark.parametrize("boxes", DAMAGES.values(), ids=DAMAGES)
def test_a_table_that_contradicts_itself_is_damaged(boxes: dict[str, bytes]) -> None:
    with pytest.raises(DamagedBoxes):
        read_samples(_plain(**boxes))


@given(
    st.dictionaries(
        st.sampled_from(["stsz", "stts", "stsc", "stco", "co64", "ctts", "stss"]),
        st.lists(st.sampled_from([0, 1, 2, 5, 7, 2**16, 2**31, 2**32 - 1]), max_size=8).map(
            lambda words: struct.pack(f">{len(words)}I", *words)
        ),
    )
)
def test_any_table_is_read_or_damaged(boxes: dict[str, bytes]) -> None:
    with suppress(DamagedBoxes):
        samples = read_samples(_plain(**boxes))
        assert len(samples.offsets) == len(samples.sizes) == len(samples.shown)
