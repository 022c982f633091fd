"""The tables of an MPEG transport stream that say which streams it has (ISO/IEC 13818-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.pictures import Codec

PACKET = 188
_CODECS = {0x01: Codec.MPEG, 0x02: Codec.MPEG, 0x1B: Codec.H264, 0x24: Codec.HEVC}
_OTHER_FILMS = {0x10: "MPEG-4", 0x21: "JPEG 2000", 0x33: "VVC", 0x42: "AVS", 0xD1: "Dirac"}
_OTHER_FILMS |= {0xD2: "AVS 2", 0xD4: "AVS 3", 0xEA: "VC-1"}
_SOUND = frozenset({0x03, 0x04, 0x0F, 0x11, *range(0x80, 0x89), 0xA1, 0xA2})
_PRIVATE = 0x06
_SOUND_TAGS = frozenset({0x6A, 0x7A, 0x7B, 0x7C})
_CUES = 0x86
_TEXT_TAGS = frozenset({0x46, 0x56, 0x59})


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of a program: its packets' number, and how the table tells of it."""

    pid: int
    kind: int
    entry: bytes

    @property
    def codec(self) -> Codec | None:
        """Return the codec of a film that can be cut, None for anything else."""
        return _CODECS.get(self.kind)

    @property
    def other_film(self) -> str | None:
        """Return the name of a film's codec that isn't understood here."""
        return _OTHER_FILMS.get(self.kind)

    @property
    def is_sound(self) -> bool:
        """Return whether it has sound."""
        return self.kind in _SOUND or (self.kind == _PRIVATE and bool(self._tags & _SOUND_TAGS))

    @property
    def is_text(self) -> bool:
        """Return whether it has subtitles or data."""
        return not self.is_sound and self.codec is None and self.other_film is None

    @property
    def needs_clock(self) -> bool:
        """Return whether ffmpeg compares its times with the program's clock."""
        return self.kind == _CUES or bool(self._tags & _TEXT_TAGS)

    @property
    def _tags(self) -> frozenset[int]:
        tags, at = set(), 5
        while at + 2 <= len(self.entry):
            tags.add(self.entry[at])
            at += 2 + self.entry[at + 1]
        return frozenset(tags)


@dataclass(frozen=True, slots=True)
class Program:
    """A program: its table's packets' number, that of its clock, and its streams."""

    number: int
    pid: int
    head: bytes
    streams: Sequence[Stream]
    pat: bytes

    @property
    def clock(self) -> int:
        """Return the number of the packets that the program's clock is in."""
        return int.from_bytes(self.head[8:10], "big") & 0x1FFF

    def tables_for(self, film: Stream) -> bytes:
        """Return packets with tables that tell of the film first, and then of all else.

        The file's own table comes again later; what's new in it then is probed in a hurry.
        """
        others = b"".join(each.entry for each in self.streams if each is not film)
        body = self.head + film.entry + others
        return packets_of(0, self.pat) + packets_of(self.pid, _section(body))


def programs_in(section: bytes) -> list[tuple[int, int]]:
    """Return the programs that a file's first table tells of: number, and packets' number."""
    content = checked(section, 0x00)
    entries = [content[at : at + 4] for at in range(8, len(content) - 3, 4)]
    return [
        (int.from_bytes(each[:2], "big"), int.from_bytes(each[2:], "big") & 0x1FFF)
        for each in entries
        if any(each[:2])
    ]


def program_of(number: int, pid: int, section: bytes, pat: bytes) -> Program:
    """Return the program that a table tells of."""
    content = checked(section, 0x02)
    at = 12 + (int.from_bytes(content[10:12], "big") & 0xFFF)
    head, streams = content[:at], []
    while at + 5 <= len(content):
        end = at + 5 + (int.from_bytes(content[at + 3 : at + 5], "big") & 0xFFF)
        if end > len(content):
            raise CannotCut("its tables can't be read")
        place = int.from_bytes(content[at + 1 : at + 3], "big") & 0x1FFF
        streams.append(Stream(place, content[at], content[at:end]))
        at = end
    if at != len(content) or len({each.pid for each in streams}) != len(streams):
        raise CannotCut("its tables can't be read")
    return Program(number, pid, head, streams, pat)


def checked(section: bytes, kind: int) -> bytes:
    """Return a table without its checksum; raise CannotCut where it's damaged."""
    if len(section) < 12 or section[0] != kind or _checksum(section):
        raise CannotCut("its tables can't be read")
    if section[6] or section[7]:
        raise CannotCut("its tables are in several parts")
    return section[:-4]


def section_size(content: bytes) -> int:
    """Return how long a table is that begins there."""
    return 3 + (int.from_bytes(content[1:3], "big") & 0xFFF)


def _section(body: bytes) -> bytes:
    """Return a table with its length and its checksum."""
    length = len(body) - 3 + 4
    lengths = (int.from_bytes(body[1:3], "big") & 0xF000) | length
    body = body[:1] + lengths.to_bytes(2, "big") + body[3:]
    return body + _checksum(body).to_bytes(4, "big")


def packets_of(pid: int, section: bytes) -> bytes:
    """Return the packets that a table is in."""
    content = b"\x00" + section
    made = []
    for count, at in enumerate(range(0, len(content), PACKET - 4)):
        first = 0x40 if not at else 0
        head = bytes((0x47, first | pid >> 8, pid & 0xFF, 0x10 | count & 0xF))
        made.append(head + content[at : at + PACKET - 4].ljust(PACKET - 4, b"\xff"))
    return b"".join(made)


def _checksum(content: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value
