"""The packets of an MPEG transport stream: where the film's pictures begin, and when they're shown.

Millions of packets aren't looked at one by one: whole columns of their heads are, at once.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from batchff.ffmpeg.chunks.boxes import Read
from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.pictures import begins_anew, pictures_in
from batchff.ffmpeg.chunks.psi import PACKET, Program, Stream, program_of, programs_in, section_size

CLOCK = 90_000
_LONGEST_JUMP = 10 * CLOCK
_BACK = CLOCK // 10
_AT_ONCE = 40_000
_OVERLAP = 4_000
"""A picture's beginning is read in so many packets at most."""

_SEARCHED = 64 * 1024
_FIRST_PACKETS = 60_000
_NO_TABLES = "its tables can't be read"


@dataclass(frozen=True, slots=True)
class Layout:
    """How packets lie in a file: `width` bytes each, of which the first `lead` aren't its own."""

    start: int
    width: int
    lead: int
    count: int

    def place(self, packet: int) -> int:
        """Return where a packet begins in the file."""
        return self.start + packet * self.width

    def written(self, packets: bytes) -> bytes:
        """Return packets as this file has them."""
        lead = bytes(self.lead)
        return b"".join(lead + packets[at : at + PACKET] for at in range(0, len(packets), PACKET))


@dataclass(slots=True)
class TsPictures:
    """The film's pictures: the packet that each begins in, when it's shown, which are keys."""

    packets: array[int] = field(default_factory=lambda: array("Q"))
    shown: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("I"))
    others: tuple[array[int], array[int]] = field(default_factory=lambda: (array("Q"), array("Q")))
    """Where runs of other packets begin, and where they end."""

    clocks: array[int] = field(default_factory=lambda: array("Q"))
    """The film's packets that have the program's clock, where other streams need it."""

    firsts: dict[int, int] = field(default_factory=dict)
    """When the first packet of each stream is shown."""

    decoded: dict[int, int] = field(default_factory=dict)
    """When the last packet of each stream is decoded."""


def find_layout(read: Read, size: int) -> Layout | None:
    """Return how packets lie in a file, None where it isn't a transport stream."""
    head = read(0, min(size, _SEARCHED + 8 * 204))
    for width, lead in ((188, 0), (192, 4)):
        for at in range(min(len(head), _SEARCHED)):
            marks = head[at : at + 8 * width : width]
            if marks == b"\x47" * 8 and at >= lead:
                start = at - lead
                return Layout(start, width, lead, (size - start) // width)
    return None


def find_program(read: Read, layout: Layout) -> Program:
    """Return the only program of a file; raise CannotCut where there isn't one."""
    content = read(layout.start, min(layout.count, _FIRST_PACKETS) * layout.width)
    pat = _first_section(content, layout, 0)
    programs = programs_in(pat)
    if len(programs) != 1:
        raise CannotCut("it has several programs" if programs else _NO_TABLES)
    number, pid = programs[0]
    return program_of(number, pid, _first_section(content, layout, pid), pat)


def find_pictures(
    read: Read, layout: Layout, program: Program, film: Stream, most: int | None
) -> TsPictures:
    """Return the film's pictures, by all packets of a file."""
    if most is not None and layout.count * layout.width > most:
        raise CannotCut("too much of it would have to be read to know where it can be cut")
    scan = _Scan(layout, program, film)
    for first in range(0, layout.count, _AT_ONCE):
        count = min(_AT_ONCE + _OVERLAP, layout.count - first)
        content = read(layout.place(first), count * layout.width)
        if len(content) != count * layout.width:
            raise CannotCut("the file is cut off")
        scan.add(first, min(_AT_ONCE, count), content)
    return scan.found


class _Scan:
    """Goes over a file's packets, many at once."""

    def __init__(self, layout: Layout, program: Program, film: Stream) -> None:
        self.found = TsPictures()
        self._layout = layout
        self._program = program
        self._film = film
        self._table = b""
        self._pat = b""
        timed = [each for each in program.streams if each.pid != film.pid]
        self._needs_clock = program.clock == film.pid and any(each.needs_clock for each in timed)
        self._timed = {each.pid: each for each in timed}

    def add(self, first: int, count: int, content: bytes) -> None:
        """Look at so many packets; the content has some more, of which only bytes are needed."""
        width, lead = self._layout.width, self._layout.lead
        columns = [content[lead + each :: width] for each in range(4)]
        if columns[0].count(0x47) != len(columns[0]):
            raise CannotCut("some of its packets are damaged")
        mask = _both(columns[1], _HIGH[self._film.pid >> 8], columns[2], self._film.pid & 0xFF)
        if any(columns[3].translate(_SCRAMBLED)) and _and(columns[3].translate(_SCRAMBLED), mask):
            raise CannotCut("it's scrambled")
        self._add_others(first, mask[:count])
        if self._needs_clock:
            self._add_clocks(first, mask[:count], content)
        for packet in self._begins(columns, self._film.pid, count):
            self._add_picture(first, packet, content, mask)
        for pid in self._timed:
            for packet in self._begins(columns, pid, count):
                self._add_time(pid, content, packet)
        for pid in (0, self._program.pid):
            for packet in self._begins(columns, pid, count):
                self._check_table(pid, self._packet(content, packet))

    def _begins(self, columns: Sequence[bytes], pid: int, count: int) -> Iterator[int]:
        """Yield the packets of a number in which something begins."""
        mask = _both(columns[1], _HIGH_FIRST[pid >> 8], columns[2], pid & 0xFF)
        at = mask.find(1)
        while 0 <= at < count:
            yield at
            at = mask.find(1, at + 1)

    def _add_others(self, first: int, mask: bytes) -> None:
        starts, ends = self.found.others
        for run in re.finditer(rb"\x00+", mask):
            begin, end = (
                self._layout.place(first + run.start()),
                self._layout.place(first + run.end()),
            )
            if ends and ends[-1] == begin:
                ends[-1] = end
            else:
                starts.append(begin)
                ends.append(end)

    def _add_clocks(self, first: int, mask: bytes, content: bytes) -> None:
        at = mask.find(1)
        while at >= 0:
            packet = self._packet(content, at)
            if packet[3] & 0x20 and packet[4] >= 7 and packet[5] & 0x10:
                self.found.clocks.append(first + at)
            at = mask.find(1, at + 1)

    def _packet(self, content: bytes, packet: int) -> bytes:
        at = packet * self._layout.width + self._layout.lead
        return content[at : at + PACKET]

    def _add_picture(self, first: int, packet: int, content: bytes, mask: bytes) -> None:
        payload = _payload(self._packet(content, packet))
        times = _times(payload)
        if times is None:
            raise CannotCut("not every one of its pictures has a time")
        shown, decoded, header = times
        self._check_time(self._film.pid, decoded)
        found, codec = self.found, self._film.codec
        found.firsts.setdefault(self._film.pid, shown)
        if codec is not None:
            picture = self._picture(content, packet, mask, 4)[header:]
            if begins_anew(codec, picture) or (
                len(picture) < 4096
                and begins_anew(codec, self._picture(content, packet, mask, 40)[header:])
            ):
                whole = self._picture(content, packet, mask, _OVERLAP)[header:]
                if pictures_in(codec, whole) > 1:
                    raise CannotCut("several of its pictures share one time")
                found.keys.append(len(found.packets))
        found.packets.append(first + packet)
        found.shown.append(shown)

    def _picture(self, content: bytes, packet: int, mask: bytes, most: int) -> bytes:
        """Return what the film has from a packet on, up to the next picture."""
        parts = [_payload(self._packet(content, packet))]
        at = mask.find(1, packet + 1)
        while at >= 0 and len(parts) < most:
            following = self._packet(content, at)
            if following[1] & 0x40:
                break
            parts.append(_payload(following))
            at = mask.find(1, at + 1)
        return b"".join(parts)

    def _add_time(self, pid: int, content: bytes, packet: int) -> None:
        times = _times(_payload(self._packet(content, packet)))
        if times is None:
            return
        self.found.firsts.setdefault(pid, times[0])
        if not self._timed[pid].is_text:
            self._check_time(pid, times[1])

    def _check_time(self, pid: int, decoded: int) -> None:
        last = self.found.decoded.get(pid)
        if last is not None and not last - _BACK <= decoded <= last + _LONGEST_JUMP:
            raise CannotCut("its clock jumps, or begins again, within it")
        if last is not None and pid == self._film.pid and decoded <= last:
            raise CannotCut("its pictures aren't in order")
        self.found.decoded[pid] = decoded

    def _check_table(self, pid: int, packet: bytes) -> None:
        payload = _payload(packet)
        size = 1 + payload[0] + section_size(payload[1 + payload[0] :]) if payload else 0
        payload = payload[: max(size, 0)]
        before = self._pat if pid == 0 else self._table
        if before and payload != before:
            raise CannotCut("its streams change within it")
        if pid == 0:
            self._pat = payload
        else:
            self._table = payload


def _payload(packet: bytes) -> bytes:
    """Return what a packet carries."""
    if not packet[3] & 0x10:
        return b""
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]


def _times(payload: bytes) -> tuple[int, int, int] | None:
    """Return when a picture is shown and decoded, and where it begins; None where it isn't said."""
    if len(payload) < 14 or payload[:3] != b"\x00\x00\x01" or not payload[7] & 0x80:
        return None
    header = 9 + payload[8]
    shown = _time(payload[9:14])
    if payload[7] & 0x40:
        return (shown, _time(payload[14:19]), header) if len(payload) >= 19 else None
    return shown, shown, header


def _time(content: bytes) -> int:
    value = int.from_bytes(content, "big")
    return (value >> 33 & 7) << 30 | (value >> 17 & 0x7FFF) << 15 | value >> 1 & 0x7FFF


def _first_section(content: bytes, layout: Layout, pid: int) -> bytes:
    """Return the first table that packets of a number carry."""
    table = b""
    for at in range(layout.lead, len(content) - PACKET + 1, layout.width):
        if content[at + 1] & 0x1F != pid >> 8 or content[at + 2] != pid & 0xFF:
            continue
        payload = _payload(content[at : at + PACKET])
        if content[at + 1] & 0x40:
            table = payload[1 + payload[0] :] if payload else b""
        elif table:
            table += payload
        if len(table) >= 3 and len(table) >= section_size(table):
            return table[: section_size(table)]
    raise CannotCut(_NO_TABLES)


def _table(matches: Sequence[int]) -> bytes:
    chosen = set(matches)
    return bytes(int(value in chosen) for value in range(256))


_HIGH = [_table([value for value in range(256) if value & 0x1F == high]) for high in range(32)]
_HIGH_FIRST = [
    _table([value for value in range(256) if value & 0x5F == high | 0x40]) for high in range(32)
]
_LOW = [_table([low]) for low in range(256)]
_SCRAMBLED = _table([value for value in range(256) if value & 0xC0])


def _both(high: bytes, table: bytes, low: bytes, value: int) -> bytes:
    """Return a 1 for each packet whose number it is, a 0 for all others."""
    return _and(high.translate(table), low.translate(_LOW[value])).to_bytes(len(high), "big")


def _and(one: bytes, other: bytes) -> int:
    return int.from_bytes(one, "big") & int.from_bytes(other, "big")
