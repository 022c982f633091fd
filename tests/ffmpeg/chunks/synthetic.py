"""MP4 files without a picture: an index that says anything, and samples that say which they are."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from batchff.ffmpeg.chunks.boxes import Box, parse_box, top_boxes
from batchff.ffmpeg.chunks.film import Splice
from batchff.ffmpeg.chunks.tables import Samples, read_samples, sample_boxes
from batchff.model.byte_ranges import ByteRange

SAMPLE = 4
"""How many bytes each sample has: its number, counted from 0."""


@dataclass(frozen=True)
class Sketch:
    """What a film's index says: in order of decoding, when samples are shown, and which are keys.

    `edits` are the entries of its edit list: lengths in the movie's ticks, and beginnings.
    """

    shown: Sequence[int]
    keys: Sequence[int]
    lengths: Sequence[int]
    edits: Sequence[tuple[int, int]] = ()
    movie_scale: int = 1000
    scale: int = 1000
    sounds: Sequence[int] = field(default=())

    def written(self) -> bytes:
        """Return the file."""
        head = Box(b"ftyp", b"isom\0\0\2\0isom").written()
        index = self._index(0)
        base = len(head) + len(index.written()) + 8
        media = b"".join(struct.pack(">I", number) for number in range(len(self.shown)))
        sounds = b"".join(bytes([255] * size) for size in self.sounds)
        return head + self._index(base).written() + Box(b"mdat", media + sounds).written()

    def _index(self, base: int) -> Box:
        count = len(self.shown)
        decoded = [sum(self.lengths[:at]) for at in range(count)]
        samples = Samples(
            [base + at * SAMPLE for at in range(count)],
            [SAMPLE] * count,
            decoded,
            self.shown,
            self.lengths,
            self.keys,
        )
        tracks = [track(b"vide", samples, self.scale, self.edits)]
        if self.sounds:
            begin = base + count * SAMPLE
            offsets = [begin + sum(self.sounds[:at]) for at in range(len(self.sounds))]
            times = list(range(len(self.sounds)))
            sound = Samples(offsets, self.sounds, times, times, [1] * len(times), times)
            tracks.append(track(b"soun", sound, self.scale, ()))
        return Box(b"moov", b"", [_header(b"mvhd", self.movie_scale), *tracks])


def _header(kind: bytes, scale: int) -> Box:
    return Box(kind, struct.pack(">IIIII", 0, 0, 0, scale, 0) + bytes(80))


def track(kind: bytes, samples: Samples, scale: int, edits: Sequence[tuple[int, int]]) -> Box:
    """Return a track of these samples; its description is a form that nothing reads."""
    table = Box(b"stbl", b"", [Box(b"stsd", bytes(8)), *sample_boxes(samples, 1)])
    handler = Box(b"hdlr", bytes(8) + kind + bytes(13))
    media = Box(b"mdia", b"", [_header(b"mdhd", scale), handler, Box(b"minf", b"", [table])])
    boxes = [Box(b"tkhd", bytes(84))]
    if edits:
        entries = b"".join(struct.pack(">QqI", *edit, 1 << 16) for edit in edits)
        elst = Box(b"elst", struct.pack(">II", 1 << 24, len(edits)) + entries)
        boxes.append(Box(b"edts", b"", [elst]))
    return Box(b"trak", b"", [*boxes, media])


@dataclass(frozen=True)
class Gop:
    """Pictures that are decoded one after the other, the first of which needs no other.

    So many of them are shown before it, and need the group before as well.
    """

    first: int
    leading: int
    after: int

    @property
    def end(self) -> int:
        return self.first + self.after


@st.composite
def gops(draw: st.DrawFn) -> tuple[Sketch, list[Gop]]:
    """Films of groups of pictures, open or closed, in any order within each, at any distances."""
    shown: list[int] = []
    found: list[Gop] = []
    time = draw(st.integers(0, 50))
    for number in range(draw(st.integers(1, 6))):
        leading = draw(st.integers(0, 3)) if number else 0
        trailing = draw(st.integers(0, 4))
        count = leading + trailing + 1
        gaps = draw(st.lists(st.integers(1, 90), min_size=count, max_size=count))
        times = []
        for gap in gaps:
            time += gap
            times.append(time)
        found.append(Gop(len(shown), leading, len(times)))
        shown.append(times[leading])
        shown += draw(st.permutations(times[:leading]))
        shown += draw(st.permutations(times[leading + 1 :]))
    lengths = draw(st.lists(st.integers(1, 60), min_size=len(shown), max_size=len(shown)))
    return Sketch(shown, [gop.first for gop in found], lengths), found


def whole(splice: Splice, source: bytes) -> bytes:
    """Return the file that is made of parts."""
    return b"".join(
        source[part.start : part.end] if isinstance(part, ByteRange) else part
        for part in splice.parts
    )


@dataclass(frozen=True)
class Found:
    """What a file has: the numbers of its samples, when each is shown, and what the edits show."""

    numbers: list[int]
    shown: list[int]
    late: int
    start: int
    end: int

    def pictures(self) -> dict[int, int]:
        """Return when each sample that is shown is shown, in ticks of the movie."""
        return {
            number: time - self.start + self.late
            for number, time in zip(self.numbers, self.shown, strict=True)
            if self.start <= time < self.end
        }


def read_back(content: bytes) -> Found:
    """Read a file of a film alone, whose two clocks are the same."""
    place = next(each for each in top_boxes(reader(content), len(content)) if each.kind == b"moov")
    film = parse_box(b"moov", content[place.start : place.end]).find(b"trak")
    assert film is not None
    table = film.find(b"mdia", b"minf", b"stbl")
    assert table is not None
    samples = read_samples(table)
    edits = list(struct.iter_unpack(">QqI", film.content_of(b"edts", b"elst")[8:]))
    late = edits.pop(0)[0] if edits[0][1] == -1 else 0
    [(length, start, _)] = edits
    numbers = [
        int.from_bytes(content[at : at + size])
        for at, size in zip(samples.offsets, samples.sizes, strict=True)
    ]
    return Found(numbers, list(samples.shown), late, start, start + length)


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __call__(self, offset: int, size: int) -> bytes:
        return self._content[offset : offset + size]


def reader(content: bytes) -> _Reader:
    """Return what reads bytes as a file's are read."""
    return _Reader(content)
