"""A film that can be cut: where, and the small files that its parts are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from batchff.model.byte_ranges import ByteRange, Part, size_of


class CannotCut(Exception):
    """A source can't be cut exactly; the words say why, and can follow its name."""


@dataclass(frozen=True, slots=True)
class Key:
    """A picture that a cut can be before.

    `time` is when it's shown, in seconds of the file's clock. One that `is_early` came sooner than
    the encoder's usual distance: there, most often, a scene begins.
    """

    time: Fraction
    is_early: bool = False


@dataclass(frozen=True, slots=True)
class Splice:
    """A media file that is made of parts, one after the other.

    It has `packets` of the film; `ends` is when the first picture is shown that is in it only for
    others to be decoded, None where all its pictures belong to it. One that `is_anchored` begins
    when the whole begins, by a packet of another stream.
    """

    parts: tuple[Part, ...]
    packets: int
    ends: Fraction | None = None
    is_anchored: bool = False

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return sum(map(size_of, self.parts))


class Film(Protocol):
    """A source whose film can be cut before any of its `keys`, the first of which begins it."""

    @property
    def keys(self) -> Sequence[Key]:
        """Where it can be cut, in order."""

    @property
    def ends(self) -> Fraction:
        """When its last picture is over, in seconds of the file's clock."""

    @property
    def starts(self) -> Fraction:
        """When the whole file begins, in seconds of its clock: what ffmpeg takes for 0."""

    @property
    def packets(self) -> int | None:
        """How many packets the film has, None where that isn't known."""

    @property
    def shown(self) -> int | None:
        """How many packets the film has that are shown, None where that isn't known."""

    def chunk(self, first: int, after: int | None) -> Splice:
        """Return a file with the film alone, from the key of an index up to another, or the end.

        Its pictures are decoded as in the whole, and shown at the same times.
        """

    def rest(self) -> Splice:
        """Return a file with all that is in the source but of the film only its first pictures."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Ranges of a source, packed one after the other."""

    ranges: tuple[ByteRange, ...]
    begins: tuple[int, ...]

    def place(self, offset: int) -> int:
        """Return where in the pack a byte of the source is."""
        at = bisect_right(self.ranges, offset, key=lambda each: each.start) - 1
        return self.begins[at] + offset - self.ranges[at].start

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(each.size for each in self.ranges)


def pack(pieces: Iterable[tuple[int, int]], gap: int) -> Pack:
    """Return the ranges for pieces, each an offset and a size; gaps of at most so much are kept."""
    ranges: list[ByteRange] = []
    for start, size in sorted(pieces):
        if not size:
            continue
        if ranges and start <= ranges[-1].end + gap:
            ranges[-1] = ByteRange(ranges[-1].start, max(ranges[-1].end, start + size))
        else:
            ranges.append(ByteRange(start, start + size))
    begins = []
    at = 0
    for each in ranges:
        begins.append(at)
        at += each.size
    return Pack(tuple(ranges), tuple(begins))
