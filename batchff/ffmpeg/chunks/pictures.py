"""Which pictures need no other one, by the marks that their codecs have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

_AT_ONCE = 0b110
"""Of a recovery point: it's 0 pictures later, exact, and no link is broken."""

_START = re.compile(rb"\x00\x00\x01")
_ESCAPED = re.compile(rb"\x00\x00\x03")


class Codec(Enum):
    """A codec whose pictures are understood here."""

    MPEG = "MPEG-2"
    H264 = "H.264"
    HEVC = "HEVC"


def begins_anew(codec: Codec, content: bytes) -> bool:
    """Return whether a picture needs no other one, and has with it all that describes it.

    `content` begins where the picture does, and has its first slice's beginning.
    """
    if not content.startswith((b"\x00\x00\x01", b"\x00\x00\x00\x01")):
        return False
    return _RULES[codec](content)


def recovers_later(content: bytes, width: int) -> bool:
    """Return whether an H.264 picture says that all is right only some pictures after it.

    Its units have their lengths before them, in so many bytes.
    """
    at = 0
    while at + width < len(content):
        end = at + width + int.from_bytes(content[at : at + width], "big")
        kind = content[at + width] & 0x1F
        if kind in (1, 5):
            return False
        if kind == 6:
            point = _recovery_point(_unescaped(content[at + width + 1 : end]))
            if point is not None:
                return not point & 0x80
        at = end
    return False


def pictures_in(codec: Codec, content: bytes) -> int:
    """Return how many pictures begin in some content; the two fields of one count as two."""
    if codec is Codec.MPEG:
        return len(set(_references(content)))
    return len(_FIRST_SLICES[codec].findall(content))


_FIRST_SLICES = {
    Codec.H264: re.compile(rb"\x00\x00\x01[\x01\x21\x41\x61\x05\x25\x45\x65][\x80-\xff]"),
    Codec.HEVC: re.compile(rb"\x00\x00\x01[\x00-\x12\x20-\x2a].[\x80-\xff]", re.DOTALL),
}


def _references(content: bytes) -> Iterator[int]:
    """Yield the temporal reference of each MPEG-2 picture; fields of one have the same."""
    for found in re.finditer(rb"\x00\x00\x01\x00(..)", content, re.DOTALL):
        yield int.from_bytes(found[1], "big") >> 6


def _mpeg(content: bytes) -> bool:
    picture = content.find(b"\x00\x00\x01\x00")
    if picture < 0 or picture + 6 > len(content):
        return False
    is_intra = content[picture + 5] >> 3 & 7 == 1
    return is_intra and -1 < content.find(b"\x00\x00\x01\xb3") < picture


def _h264(content: bytes) -> bool:
    has: set[int] = set()
    recovers = False
    for at in _starts(content):
        kind = content[at] & 0x1F
        if kind in (1, 5):
            return has >= {7, 8} and (kind == 5 or (recovers and _is_intra_slice(content, at)))
        if kind == 6:
            point = _recovery_point(_unescaped(content[at + 1 : _end(content, at)]))
            recovers = recovers or (point is not None and point >> 5 == _AT_ONCE)
        elif kind in (2, 3, 4):
            return False
        has.add(kind)
    return False


def _hevc(content: bytes) -> bool:
    has: set[int] = set()
    for at in _starts(content):
        kind = content[at] >> 1 & 0x3F
        if kind < 32:
            return 16 <= kind <= 21 and has >= {32, 33, 34}
        has.add(kind)
    return False


_RULES = {Codec.MPEG: _mpeg, Codec.H264: _h264, Codec.HEVC: _hevc}


def _starts(content: bytes) -> Iterator[int]:
    """Yield where units begin, after their start codes."""
    for found in _START.finditer(content):
        if found.end() < len(content):
            yield found.end()


def _end(content: bytes, at: int) -> int:
    end = content.find(b"\x00\x00\x01", at)
    return len(content) if end < 0 else end


def _unescaped(content: bytes) -> bytes:
    return _ESCAPED.sub(b"\x00\x00", content)


def _recovery_point(message: bytes) -> int | None:
    """Return the first byte of what an SEI says of when all is right, None where it doesn't."""
    at = 0
    while at + 2 < len(message):
        kind = size = 0
        while at < len(message) and message[at] == 0xFF:
            kind, at = kind + 255, at + 1
        kind, at = kind + message[at] if at < len(message) else -1, at + 1
        while at < len(message) and message[at] == 0xFF:
            size, at = size + 255, at + 1
        size, at = size + message[at] if at < len(message) else 0, at + 1
        if kind == 6 and at < len(message):
            return message[at]
        at += size
    return None


def _is_intra_slice(content: bytes, at: int) -> bool:
    bits = _Bits(_unescaped(content[at + 1 : at + 17]))
    bits.number()
    return bits.number() in (2, 4, 7, 9)


class _Bits:
    """Exp-Golomb numbers, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._bits = bin(int.from_bytes(b"\x01" + content, "big"))[3:]
        self._at = 0

    def number(self) -> int:
        """Return the next number, -1 where there's none."""
        one = self._bits.find("1", self._at)
        width = one - self._at
        if one < 0 or one + width >= len(self._bits):
            return -1
        self._at = one + width + 1
        return int(self._bits[one : self._at], 2) - 1
