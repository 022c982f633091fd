"""Cuts the film of an MPEG transport stream (.ts, .m2ts), by the heads of its packets.

A chunk is a transport stream of its own: tables that tell of the film first, and the packets from a
picture on up to another, with all that lies between. How ffmpeg reads it: libavformat/mpegts.c.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from heapq import merge

from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut, Key, Splice
from batchff.ffmpeg.chunks.order import Cut, find_cuts, keys_at
from batchff.ffmpeg.chunks.packets import (
    CLOCK,
    Layout,
    TsPictures,
    find_layout,
    find_pictures,
    find_program,
)
from batchff.ffmpeg.chunks.psi import PACKET, Program, Stream
from batchff.ffmpeg.chunks.reading import Pieces
from batchff.ffmpeg.chunks.small import sent_if_small
from batchff.model.byte_ranges import ByteRange, Part

_ASIDE = Fraction(1, 1_000_000)
"""Less than a tick: where a chunk begins when the whole does, ffmpeg 5.1 takes an offset that is
just that for its own, and corrects it."""

_NOTHING = 0x20
_JUMPS = b"\x80"


@dataclass(frozen=True)
class TsFilm:
    """The film of a transport stream; `open_mpegts` makes it."""

    read: Read
    size: int
    layout: Layout
    program: Program
    film: Stream
    pictures: TsPictures
    first: int

    @property
    def starts(self) -> Fraction:
        """When the whole file begins, as ffmpeg takes it: by the streams that are used."""
        return Fraction(self.first, CLOCK) + _ASIDE

    @property
    def shown(self) -> int | None:
        """How many packets are shown: all of them."""
        return self.packets

    @property
    def packets(self) -> int | None:
        """How many packets the film has."""
        return len(self.pictures.packets)

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Where it can be cut, in order."""
        return keys_at([self._time(self.pictures.shown[cut.picture]) for cut in self._cuts])

    @cached_property
    def ends(self) -> Fraction:
        """When its last picture is over."""
        times = sorted(self.pictures.shown[-64:])
        last = times[-1]
        before = next((time for time in reversed(times) if time < last), last - 1)
        return self._time(2 * last - before)

    def chunk(self, first: int, after: int | None) -> Splice:
        """Return a file with the film from one key up to another, or the end."""
        cut = self._cuts[first]
        until = self._cuts[after] if after is not None else None
        last = self._count if until is None else until.picture
        count = last - cut.picture - cut.leading
        ends = None
        if until is not None and until.leading:
            last += until.leading + 1
            count += until.leading + 1
            ends = self._time(self.pictures.shown[until.picture])
        head = self.layout.written(self.program.tables_for(self.film))
        parts: list[Part] = [head]
        following = cut.picture + cut.leading + 1
        if cut.leading:
            parts.append(ByteRange(self._place(cut.picture), self._place(cut.picture + 1)))
            if following < last:
                parts += [
                    self._jump(following),
                    ByteRange(self._place(following), self._place(last)),
                ]
        else:
            start = self._place(cut.picture) if first else self.layout.start
            parts.append(ByteRange(start, self._place(last)))
        return Splice(tuple(parts), count, ends)

    def rest(self) -> Splice:
        """Return a file with all other streams, and the film's first pictures."""
        first = self._cuts[1].picture if len(self._cuts) > 1 else self._count
        begin = self._place(first)
        return Splice(sent_if_small(self._rest(begin), self.read, self.size), first)

    def _rest(self, begin: int) -> Iterator[Part]:
        yield ByteRange(self.layout.start, begin)
        ranges = zip(*self.pictures.others, strict=True)
        places = map(self.layout.place, self.pictures.clocks)
        clocks = ((place, place) for place in places if place >= begin)
        pieces, last = Pieces(self.read, self.size), None
        for start, end in merge(ranges, clocks):
            if start == end:
                last = last if last is not None else self._last_count(pieces, begin)
                yield self._clock(pieces.bytes_at(start + self.layout.lead, PACKET), last)
            elif end > begin:
                yield ByteRange(max(start, begin), end)

    def _last_count(self, pieces: Pieces, begin: int) -> int:
        """Return the counter of the film's last packet before a place."""
        place = begin - self.layout.width + self.layout.lead
        while place > self.layout.start:
            head = pieces.bytes_at(place, 4)
            if int.from_bytes(head[1:3], "big") & 0x1FFF == self.film.pid:
                return head[3] & 0xF
            place -= self.layout.width
        return 0

    def _clock(self, packet: bytes, count: int) -> bytes:
        """Return a packet that has the clock of another one, and nothing else."""
        head = bytes((0x47, packet[1] & 0x1F, packet[2], _NOTHING | count, PACKET - 5, 0x10))
        return self.layout.written((head + packet[6:12]).ljust(PACKET, b"\xff"))

    def _jump(self, picture: int) -> bytes:
        """Return a packet that says that packets are missing before a picture.

        Without it, ffmpeg takes what's before it to be damaged.
        """
        place = self._place(picture) + self.layout.lead
        head = self.read(place, 4)
        count = (head[3] - 1) & 0xF
        packet = bytes((0x47, head[1] & 0x1F, head[2], _NOTHING | count, PACKET - 5)) + _JUMPS
        return self.layout.written(packet.ljust(PACKET, b"\xff"))

    def _place(self, picture: int) -> int:
        if picture >= self._count:
            return self.layout.place(self.layout.count)
        return self.layout.place(self.pictures.packets[picture])

    @property
    def _count(self) -> int:
        return len(self.pictures.packets)

    @cached_property
    def _cuts(self) -> tuple[Cut, ...]:
        return tuple(find_cuts(self.pictures.shown, self.pictures.keys))

    def _time(self, ticks: int) -> Fraction:
        return Fraction(ticks, CLOCK)


def open_mpegts(
    read: Read,
    size: int,
    number: int | None,
    used: Collection[int] | None = None,
    most: int | None = None,
) -> TsFilm | None:
    """Return the film that is the stream of this number, as ffmpeg counts; None for the only one.

    `used` are the streams that something is made of, None where that isn't known. All of the file
    is read. Returns None where it isn't a transport stream; raises CannotCut where it can't be cut
    exactly.
    """
    layout = find_layout(read, size)
    if layout is not None and (size - layout.start) % layout.width:
        raise CannotCut("it ends within a packet: it may be cut off")
    if layout is None:
        return None
    program = find_program(read, layout)
    film = _chosen(program, number)
    pictures = find_pictures(read, layout, program, film, most)
    if not pictures.packets:
        raise CannotCut("it has no picture")
    first = _first(program, film, pictures, used)
    return TsFilm(read, size, layout, program, film, pictures, first)


def _first(
    program: Program, film: Stream, pictures: TsPictures, used: Collection[int] | None
) -> int:
    """Return when the first packet is shown of all streams that are used (`start_time`)."""
    firsts = pictures.firsts
    if used is None:
        first = min(firsts.values())
        if first < firsts[film.pid]:
            raise CannotCut("when it begins depends on the streams that are used")
        return first
    places = {program.streams.index(film), *used}
    named = (each for at, each in enumerate(program.streams) if at in places)
    return min(firsts[each.pid] for each in named if each.pid in firsts)


def _chosen(program: Program, number: int | None) -> Stream:
    """Return the stream of a film that can be cut."""
    films = [each for each in program.streams if each.codec or each.other_film]
    if number is not None:
        films = [each for each in program.streams[number : number + 1] if each in films]
    elif len(films) > 1:
        raise CannotCut("there are several films in it")
    if not films:
        raise CannotCut("its film isn't the stream that it seems to be")
    if films[0].codec is None:
        raise CannotCut(f"where pictures of {films[0].other_film} can be cut isn't known")
    return films[0]
