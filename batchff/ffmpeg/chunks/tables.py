"""The sample tables of a track of an MP4 file: which packet is where, and when it's shown."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from batchff.ffmpeg.chunks.boxes import Box, DamagedBoxes

_MOST_SAMPLES = 5_000_000

_SOUND = struct.Struct(">24xH6xHH")
"""In a table's description: the version of the first one, its channels, and bits of each."""


@dataclass(frozen=True, slots=True)
class FileChunks:
    """The runs of samples that lie together in a file: where each begins, and its size in bytes."""

    offsets: Sequence[int]
    sizes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of a track, in the order in which they are decoded.

    `decoded` and `shown` are times in the track's ticks, `lengths` for how long each is decoded.
    `keys` are the indexes of those that need no other.
    """

    offsets: Sequence[int]
    sizes: Sequence[int]
    decoded: Sequence[int]
    shown: Sequence[int]
    lengths: Sequence[int]
    keys: Sequence[int]

    def __len__(self) -> int:
        return len(self.sizes)


def read_samples(table: Box) -> Samples:
    """Return the samples that an stbl box tells of.

    Raises DamagedBoxes where it contradicts itself.
    """
    sizes = _sizes(table)
    count = len(sizes)
    lengths = _runs(table.content_of(b"stts"), count, ">II")
    if len(lengths) != count:
        raise DamagedBoxes("not every sample has a time")
    decoded = [0, *accumulate(lengths)][:count]
    delays = table.find(b"ctts")
    if delays is None:
        shown = decoded
    else:
        # Some files of version 0 have delays below 0 all the same; ffmpeg reads them so.
        later = _runs(delays.content, count, ">Ii")
        if len(later) != count:
            raise DamagedBoxes("not every sample has a delay")
        shown = [time + delay for time, delay in zip(decoded, later, strict=True)]
    marks = table.find(b"stss")
    keys: Sequence[int] = range(count)
    if marks is not None:
        keys = [number - 1 for number in _numbers(marks.content, 4, "I") if 0 < number <= count]
    return Samples(_offsets(table, sizes), sizes, decoded, shown, lengths, keys)


def file_chunks(table: Box) -> FileChunks:
    """Return the chunks of a track as they lie in the file.

    A sound may have hundreds of millions of samples, all of one size.
    """
    same, count = _same_size(table)
    sizes = () if same else _sizes(table)
    offsets = _chunk_offsets(table)
    totals = []
    at = 0
    for samples in _samples_per_chunk(table, len(offsets)):
        if at + samples > count:
            raise DamagedBoxes("its chunks have more samples than there are")
        totals.append(same * samples if same else sum(sizes[at : at + samples]))
        at += samples
    return FileChunks(offsets, totals)


def is_packed_oddly(table: Box) -> bool:
    """Return whether a sound's samples have other sizes than its table says: old QuickTime's."""
    same, _ = _same_size(table)
    description = table.content_of(b"stsd")
    if not same or len(description) < _SOUND.size:
        return False
    version, channels, bits = _SOUND.unpack_from(description)
    if version == 0:
        return bool(same < channels * bits // 8)
    return bool(version == 1 and same == 1)


def descriptions_used(table: Box) -> frozenset[int]:
    """Return the numbers of the sample descriptions that a track's chunks have."""
    content = table.content_of(b"stsc")
    entries = struct.iter_unpack(">III", content[8 : 8 + _count(content, 4, 12) * 12])
    return frozenset(number for _, _, number in entries)


def offsets_box(offsets: Sequence[int]) -> Box:
    """Return the box with where chunks begin."""
    packed = array("Q", offsets)
    if sys.byteorder == "little":
        packed.byteswap()
    return Box(b"co64", struct.pack(">II", 0, len(packed)) + packed.tobytes())


def sample_boxes(samples: Samples, description: int) -> list[Box]:
    """Return the boxes that tell of these samples, each in a chunk of its own."""
    count = len(samples)
    delays = [
        shown - decoded for decoded, shown in zip(samples.decoded, samples.shown, strict=True)
    ]
    boxes = [
        Box(b"stts", _written_runs(samples.lengths, ">II")),
        Box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, description)),
        Box(b"stsz", struct.pack(f">III{count}I", 0, 0, count, *samples.sizes)),
        offsets_box(samples.offsets),
    ]
    if any(delays):
        version = 1 << 24 if min(delays) < 0 else 0
        boxes.append(Box(b"ctts", _written_runs(delays, ">Ii", version)))
    if len(samples.keys) < count:
        marks = struct.pack(
            f">II{len(samples.keys)}I", 0, len(samples.keys), *(key + 1 for key in samples.keys)
        )
        boxes.append(Box(b"stss", marks))
    return boxes


def _sizes(table: Box) -> Sequence[int]:
    same, count = _same_size(table)
    if count > _MOST_SAMPLES:
        raise DamagedBoxes("there are too many samples")
    return [same] * count if same else _numbers(table.content_of(b"stsz"), 8, "I")


def _same_size(table: Box) -> tuple[int, int]:
    """Return the size that all samples have, 0 where they differ, and how many there are."""
    if table.find(b"stz2") is not None:
        raise DamagedBoxes("its sizes are written in a way that isn't read here")
    content = table.content_of(b"stsz")
    if len(content) < 12:
        raise DamagedBoxes("there are no sizes")
    same, count = struct.unpack_from(">II", content, 4)
    return same, count


def _numbers(content: bytes, at: int, kind: str) -> array[int]:
    """Return the numbers that follow their count at this place."""
    width = array(kind).itemsize
    count = _count(content, at, width)
    numbers = array(kind, content[at + 4 : at + 4 + count * width])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _count(content: bytes, at: int, width: int) -> int:
    if len(content) < at + 4:
        raise DamagedBoxes("a table is cut off")
    count: int = struct.unpack_from(">I", content, at)[0]
    if at + 4 + count * width > len(content):
        raise DamagedBoxes("a table is cut off")
    return count


def _runs(content: bytes, most: int, form: str) -> list[int]:
    """Return what a table of runs says of each sample."""
    values: list[int] = []
    end = 8 + _count(content, 4, 8) * 8
    for count, value in struct.iter_unpack(form, content[8:end]):
        if len(values) + count > most:
            count = most - len(values)
        values.extend([value] * count)
    return values


def _written_runs(values: Sequence[int], form: str, version: int = 0) -> bytes:
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][1] == value:
            runs[-1][0] += 1
        else:
            runs.append([1, value])
    return struct.pack(">II", version, len(runs)) + b"".join(
        struct.pack(form, *run) for run in runs
    )


def _chunk_offsets(table: Box) -> Sequence[int]:
    large = table.find(b"co64")
    if large is not None:
        return _numbers(large.content, 4, "Q")
    return _numbers(table.content_of(b"stco"), 4, "I")


def _samples_per_chunk(table: Box, chunks: int) -> list[int]:
    content = table.content_of(b"stsc")
    entries = list(struct.iter_unpack(">III", content[8 : 8 + _count(content, 4, 12) * 12]))
    counts: list[int] = []
    for (first, samples, _), (after, _, _) in pairwise([*entries, (chunks + 1, 0, 0)]):
        if first != len(counts) + 1 or after < first or after > chunks + 1:
            raise DamagedBoxes("its chunks aren't in order")
        counts.extend([samples] * (after - first))
    if len(counts) != chunks:
        raise DamagedBoxes("not every chunk has samples")
    return counts


def _offsets(table: Box, sizes: Sequence[int]) -> list[int]:
    offsets = []
    at = 0
    begins = _chunk_offsets(table)
    for begin, count in zip(begins, _samples_per_chunk(table, len(begins)), strict=True):
        place = begin
        for size in sizes[at : at + count]:
            offsets.append(place)
            place += size
        at += count
    if at != len(sizes):
        raise DamagedBoxes("not every sample is in a chunk")
    return offsets
