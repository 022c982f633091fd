"""Cuts the film of a Matroska or WebM file, by the heads of its blocks alone.

A chunk is a Matroska file of its own: the film's track as it is, and its clusters with their times,
so its pictures are shown when they are in the whole. The clusters have other tracks' blocks too;
these tracks are there as ones that nothing reads. How ffmpeg reads it: libavformat/matroskadec.c.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.clusters import CLUSTER, Clusters, pieces_of
from batchff.ffmpeg.chunks.ebml import UNKNOWN, Element, children, element_at, written
from batchff.ffmpeg.chunks.film import CannotCut, Key, Splice
from batchff.ffmpeg.chunks.order import Cut, find_cuts, keys_at
from batchff.ffmpeg.chunks.reading import Pieces
from batchff.ffmpeg.chunks.small import sent_if_small
from batchff.ffmpeg.chunks.tracks import (
    INFO,
    TRACKS,
    Beginning,
    Track,
    beginning_of,
    ignored,
    read_tracks,
    scale_of,
)
from batchff.model.byte_ranges import ByteRange

EBML = 0x1A45DFA3
_SEGMENT = 0x18538067
_DURATION = 0x4489
_VOID = 0xEC
_CRC = 0xBF
_OF_WHOLE = frozenset({0x1254C367, 0x1941A469, 0x1043A770})
"""Tags, attachments, chapters."""

_LARGEST_HEAD = 16 * 1024 * 1024
_SECOND = 10**9


@dataclass(frozen=True)
class MkvFilm:
    """The film of a Matroska file; `open_mkv` makes it."""

    read: Read
    size: int
    head: bytes
    info: bytes
    tracks: Sequence[Track]
    film: Track
    scale: int
    beginning: Beginning
    clusters: Clusters
    whole_tracks: ByteRange
    whole_others: Sequence[ByteRange]

    @property
    def starts(self) -> Fraction:
        """When the whole file begins."""
        return self.beginning.time

    @property
    def shown(self) -> int | None:
        """How many packets are shown: all of them."""
        return self.packets

    @property
    def packets(self) -> int:
        """How many packets the film has."""
        return len(self.clusters.film)

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Where it can be cut, in order."""
        return keys_at([self._time(self.clusters.film.shown[cut.picture]) for cut in self._cuts])

    @cached_property
    def ends(self) -> Fraction:
        """When its last picture is over."""
        shown = self.clusters.film.shown
        last = max(shown)
        before = max((time for time in shown[-64:] if time < last), default=last - 1)
        if self.clusters.last_duration and shown[-1] == last:
            return self._time(last + min(self.clusters.last_duration, 1 << 40))
        if self.film.duration:
            return self._time(last) + Fraction(self.film.duration, _SECOND)
        return self._time(last + (last - before))

    def chunk(self, first: int, after: int | None) -> Splice:
        """Return a file with the film from one key up to another, or the end."""
        blocks = self.clusters.film
        cut = self._cuts[first]
        until = self._cuts[after] if after is not None else None
        last = len(blocks) if until is None else until.picture
        count = last - cut.picture - cut.leading
        ends = None
        if until is not None and until.leading:
            last += until.leading + 1
            count += until.leading + 1
            ends = self._time(blocks.shown[until.picture])
        following = cut.picture + cut.leading + 1
        intervals = [(blocks.starts[cut.picture], blocks.ends[cut.picture])]
        if following < last:
            begin = blocks.starts[following] if cut.leading else intervals.pop()[0]
            intervals.append((begin, blocks.ends[last - 1]))
        end = self.ends if after is None else self.keys[after].time
        parts = [self._chunk_head(end - self.keys[first].time)]
        anchor = self.beginning.track
        if anchor is not None:
            block = self.clusters.first_blocks[anchor.number]
            if block < intervals[0]:
                intervals.insert(0, block)
        pieces = pieces_of(self.clusters.clusters, intervals)
        return Splice((*parts, *pieces), count, ends, anchor is not None)

    def rest(self) -> Splice:
        """Return a file with all other tracks, and the film's first pictures."""
        blocks = self.clusters.film
        first = self._cuts[1].picture if len(self._cuts) > 1 else len(blocks)
        kept = [*zip(*self.clusters.others, strict=True)]
        kept += zip(blocks.starts[:first], blocks.ends[:first], strict=True)
        # What's kept may be shorter than the whole: ffmpeg would take it to be cut off.
        end = self.keys[1].time if len(self.keys) > 1 else self.ends
        if self.clusters.last_other is not None:
            end = max(end, self._time(self.clusters.last_other))
        head = self.head + _segment() + written(INFO, self._info(end))
        pieces = pieces_of(self.clusters.clusters, sorted(kept))
        parts = (head, self.whole_tracks, *self.whole_others, *pieces)
        return Splice(sent_if_small(parts, self.read, self.size), first)

    def _chunk_head(self, length: Fraction) -> bytes:
        """Return what a chunk begins with: its film is the first track."""
        anchor = self.beginning.track
        real = [self.film, *([anchor] if anchor is not None else [])]
        tracks = [track.entry for track in real]
        tracks += [ignored(each) for each in self.tracks if each not in real]
        head = self.head + _segment() + written(INFO, self._info(length))
        return head + written(TRACKS, b"".join(tracks))

    def _info(self, length: Fraction) -> bytes:
        """Return what is said of the whole, but for its length."""
        info = b"".join(
            whole for kind, whole, _ in children(self.info) if kind not in (_DURATION, _CRC)
        )
        if any(kind == _DURATION for kind, _, _ in children(self.info)):
            ticks = float(length * _SECOND / self.scale)
            info += written(_DURATION, struct.pack(">d", ticks))
        return info

    @cached_property
    def _cuts(self) -> tuple[Cut, ...]:
        return tuple(find_cuts(self.clusters.film.shown, self.clusters.film.keys))

    def _time(self, ticks: int) -> Fraction:
        return Fraction(ticks * self.scale, _SECOND)


def open_mkv(read: Read, size: int, number: int | None, most: int | None = None) -> MkvFilm:
    """Return the film that is the stream of this number, as ffmpeg counts; None for the only one.

    The heads of all blocks are read. Raises CannotCut where it can't be cut exactly.
    """
    pieces = Pieces(read, size, most)
    head = element_at(pieces, 0, size)
    if head.id != EBML or head.end is None:
        raise CannotCut("its structure can't be read")
    segment = element_at(pieces, _after_voids(pieces, head.end, size), size)
    if segment.id != _SEGMENT:
        raise CannotCut("its structure can't be read")
    limit = size if segment.end is None else segment.end
    walk = _Walk(pieces, limit, number)
    walk.run(segment.data)
    if limit < size and _after_voids(pieces, limit, size) < size:
        raise CannotCut("something follows its end")
    return walk.film(read, _content(pieces, Element(EBML, 0, 0, head.end)))


class _Walk:
    """Goes over what is in a segment, once."""

    def __init__(self, pieces: Pieces, limit: int, number: int | None) -> None:
        self._pieces = pieces
        self._limit = limit
        self._number = number
        self._info: bytes | None = None
        self._tracks: list[Track] = []
        self._place: ByteRange | None = None
        self._clusters: Clusters | None = None
        self._film: Track | None = None
        self._others: list[ByteRange] = []

    def run(self, start: int) -> None:
        """Read everything from there on."""
        at = start
        while at < self._limit:
            element = element_at(self._pieces, at, self._limit)
            if element.id == CLUSTER:
                at = self._open_clusters().read(self._pieces, element, self._limit)
                continue
            if element.end is None:
                raise CannotCut("its structure can't be read")
            self._element(element, element.end)
            at = element.end

    def film(self, read: Read, head: bytes) -> MkvFilm:
        """Return the film, after the walk."""
        clusters, film, place = self._clusters, self._film, self._place
        if clusters is None or film is None or place is None or not len(clusters.film):
            raise CannotCut("it has no picture")
        info = self._info or b""
        scale = scale_of(info)
        return MkvFilm(
            read,
            self._pieces.size,
            head,
            info,
            self._tracks,
            film,
            scale,
            beginning_of(self._tracks, film, clusters.firsts, scale),
            clusters,
            place,
            self._others,
        )

    def _element(self, element: Element, end: int) -> None:
        if element.id == INFO and self._info is None:
            self._info = _content(self._pieces, element)
            scale_of(self._info)
        elif element.id == TRACKS and self._place is None:
            self._tracks = read_tracks(_content(self._pieces, element))
            self._place = ByteRange(element.start, end)
        elif element.id in _OF_WHOLE:
            self._others.append(ByteRange(element.start, end))
        elif element.id in (EBML, _SEGMENT):
            raise CannotCut("several files are in it, one after the other")

    def _open_clusters(self) -> Clusters:
        if self._clusters is None:
            if self._place is None or self._info is None:
                raise CannotCut("its tracks aren't described at its beginning")
            self._film = _chosen(self._tracks, self._number)
            self._clusters = Clusters(self._film.number, self._film.recovers_later)
        return self._clusters


def _chosen(tracks: Sequence[Track], number: int | None) -> Track:
    """Return the track of a film that can be cut."""
    streams = [track for track in tracks if track.is_stream]
    if number is None:
        films = [track for track in streams if track.is_film]
        if len(films) > 1:
            raise CannotCut("there are several films in it")
    else:
        films = [track for track in streams[number : number + 1] if track.is_film]
    if not films:
        raise CannotCut("its film isn't the track that it seems to be")
    films[0].check()
    return films[0]


def _segment() -> bytes:
    return _SEGMENT.to_bytes(4, "big") + UNKNOWN


def _content(pieces: Pieces, element: Element) -> bytes:
    end = element.end or element.data
    if end - element.data > _LARGEST_HEAD:
        raise CannotCut("what describes it is too large")
    return pieces.bytes_at(element.data, end - element.data)


def _after_voids(pieces: Pieces, at: int, size: int) -> int:
    while at < size:
        element = element_at(pieces, at, size)
        if element.id not in (_VOID, _CRC) or element.end is None:
            return at
        at = element.end
    return at
