"""The clusters of a Matroska file: which block is where, and when it's shown.

Only the heads of blocks are looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from batchff.ffmpeg.chunks.ebml import (
    Element,
    element_at,
    head_of,
    parse_number,
    written_number,
)
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.reading import Pieces
from batchff.model.byte_ranges import ByteRange

CLUSTER = 0x1F43B675
_TIMESTAMP = 0xE7
_SIMPLE_BLOCK = 0xA3
_GROUP = 0xA0
_BLOCK = 0xA1
_REFERENCE = 0xFB
_DURATION = 0x9B
_ENCRYPTED = 0xAF
_LARGEST_LEVEL_1 = 0x10000000
"""Only ids of four bytes are of elements that can't be in a cluster."""

_BLOCK_HEAD = 16
_LOOKED_AT = 4096
_MOST_BLOCKS = 20_000_000
_KEY = 0x80
_LACED = 0x06


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster: from `start` up to `end`, its first block at `first`, its time in ticks."""

    start: int
    first: int
    end: int
    time: int


@dataclass(frozen=True, slots=True)
class FilmBlocks:
    """The film's blocks, in the order of the file: where each is, and when it's shown, in ticks."""

    starts: array[int] = field(default_factory=lambda: array("Q"))
    ends: array[int] = field(default_factory=lambda: array("Q"))
    shown: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("I"))

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(slots=True)
class _Open:
    """A cluster that is being read."""

    start: int
    time: int | None = None
    first: int | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    track: int
    time: int
    flags: int
    size: int


@dataclass(slots=True)
class Clusters:
    """All clusters of a file, as far as a walk over them has come."""

    film_track: int
    recovers_later: Callable[[bytes], bool] | None = None
    """Says by the beginning of a picture that is marked as key that it's none."""

    film: FilmBlocks = field(default_factory=FilmBlocks)
    clusters: list[Cluster] = field(default_factory=list)
    others: tuple[array[int], array[int]] = field(default_factory=lambda: (array("Q"), array("Q")))
    """Where runs of other tracks' blocks begin, and where they end."""

    firsts: dict[int, int] = field(default_factory=dict)
    """When the first block of each track is shown, in ticks."""

    first_blocks: dict[int, tuple[int, int]] = field(default_factory=dict)
    last_other: int | None = None
    """When the last block of all other tracks is shown."""

    last_duration: int = 0

    def read(self, pieces: Pieces, cluster: Element, limit: int) -> int:
        """Add a cluster; return where the element after it begins."""
        end = limit if cluster.end is None else cluster.end
        at = cluster.data
        now = _Open(cluster.start)
        while at < end:
            element = element_at(pieces, at, end)
            if element.id >= _LARGEST_LEVEL_1:
                if cluster.end is None:
                    break
                raise CannotCut("its structure can't be read")
            if element.end is None:
                raise CannotCut("a block has no size")
            self._element(pieces, element, now)
            at = element.end
        self.clusters.append(
            Cluster(cluster.start, at if now.first is None else now.first, at, now.time or 0)
        )
        return at

    def _element(self, pieces: Pieces, element: Element, now: _Open) -> None:
        if element.id == _SIMPLE_BLOCK:
            head = _block_head(pieces, element)
            is_key = bool(head.flags & _KEY) and self._is_key(pieces, element, head)
            self._add(element, head, is_key, now)
        elif element.id == _GROUP:
            self._group(pieces, element, now)
        elif element.id == _TIMESTAMP:
            length = (element.end or element.data) - element.data
            if length > 8 or now.first is not None:
                raise CannotCut("its structure can't be read")
            now.time = int.from_bytes(pieces.bytes_at(element.data, length), "big")
            if now.time >= 1 << 62:
                raise CannotCut("its times can't be read")
        elif element.id == _ENCRYPTED:
            raise CannotCut("it's encrypted")

    def _is_key(self, pieces: Pieces, block: Element, head: _Head) -> bool:
        if self.recovers_later is None or head.track != self.film_track:
            return True
        start, end = block.data + head.size, block.end or block.data
        return not self.recovers_later(pieces.bytes_at(start, min(_LOOKED_AT, end - start)))

    def _group(self, pieces: Pieces, group: Element, now: _Open) -> None:
        at, end = group.data, group.end or group.data
        head, is_key, duration = None, True, 0
        while at < end:
            element = element_at(pieces, at, end)
            if element.end is None:
                raise CannotCut("a block has no size")
            if element.id == _BLOCK:
                head = _block_head(pieces, element)
                is_key = is_key and self._is_key(pieces, element, head)
            elif element.id == _REFERENCE:
                is_key = False
            elif element.id == _DURATION and element.end - element.data <= 8:
                content = pieces.bytes_at(element.data, element.end - element.data)
                duration = int.from_bytes(content, "big")
            at = element.end
        if head is None:
            raise CannotCut("its structure can't be read")
        self._add(group, head, is_key, now)
        if head.track == self.film_track:
            self.last_duration = duration

    def _add(self, element: Element, head: _Head, is_key: bool, now: _Open) -> None:
        if now.time is None:
            raise CannotCut("a block comes before its time")
        if now.first is None:
            now.first = element.start
        end = element.end or element.data
        time = now.time + head.time
        if head.track not in self.firsts:
            self.firsts[head.track] = time
            self.first_blocks[head.track] = (element.start, end)
        if head.track != self.film_track:
            self.last_other = time if self.last_other is None else max(self.last_other, time)
            self._add_other(element.start, end, now.first)
            return
        if head.flags & _LACED:
            raise CannotCut("several of its pictures are in one block")
        film = self.film
        if len(film) >= _MOST_BLOCKS:
            raise CannotCut("it has too many pictures")
        if is_key:
            film.keys.append(len(film))
        film.starts.append(element.start)
        film.ends.append(end)
        film.shown.append(time)
        self.last_duration = 0

    def _add_other(self, start: int, end: int, first: int) -> None:
        starts, ends = self.others
        if ends and ends[-1] == start and start != first:
            ends[-1] = end
        else:
            starts.append(start)
            ends.append(end)


def _block_head(pieces: Pieces, element: Element) -> _Head:
    end = element.end or element.data
    at = pieces.see(element.data, min(_BLOCK_HEAD, end - element.data))
    held = pieces.held
    number = parse_number(held, at)
    if number is None or element.data + number[1] + 3 > end or at + number[1] + 3 > len(held):
        raise CannotCut("its structure can't be read")
    track, length = number
    at += length
    time = int.from_bytes(held[at : at + 2], "big", signed=True)
    return _Head(track, time, held[at + 2], length + 3)


def pieces_of(
    clusters: Iterable[Cluster], intervals: Iterable[tuple[int, int]]
) -> Iterator[bytes | ByteRange]:
    """Yield what a file has for some intervals of another's blocks, in clusters at their times.

    Both are in order. A cluster of which all is kept stays as it is.
    """
    kept = _in_clusters(clusters, intervals)
    for cluster, group in groupby(kept, key=lambda each: each[0]):
        ranges: list[ByteRange] = []
        for _, start, end in group:
            if ranges and ranges[-1].end == start:
                ranges[-1] = ByteRange(ranges[-1].start, end)
            else:
                ranges.append(ByteRange(start, end))
        if ranges == [ByteRange(cluster.first, cluster.end)]:
            yield ByteRange(cluster.start, cluster.end)
            continue
        time = written_number(_TIMESTAMP, cluster.time)
        yield head_of(CLUSTER, len(time) + sum(each.size for each in ranges)) + time
        yield from ranges


def _in_clusters(
    clusters: Iterable[Cluster], intervals: Iterable[tuple[int, int]]
) -> Iterator[tuple[Cluster, int, int]]:
    """Yield the parts of the intervals that are in each cluster."""
    following = iter(clusters)
    cluster = next(following, None)
    for start, end in intervals:
        while cluster is not None and cluster.end <= start:
            cluster = next(following, None)
        while cluster is not None and cluster.start < end:
            begin, until = max(start, cluster.first), min(end, cluster.end)
            if begin < until:
                yield cluster, begin, until
            if cluster.end > end:
                break
            cluster = next(following, None)
