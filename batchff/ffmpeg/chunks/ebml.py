"""The elements of EBML (RFC 8794), of which Matroska and WebM are made: read, and written."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from batchff.ffmpeg.chunks.film import CannotCut
from batchff.ffmpeg.chunks.reading import Pieces

HEAD = 12
"""An element's id and size have at most so many bytes."""

UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"
"""The size of an element that goes on until one comes that can't be in it."""

_DAMAGED = "its structure can't be read"


@dataclass(frozen=True, slots=True)
class Element:
    """An element at `start`: its content is from `data` up to `end`, None where that isn't said."""

    id: int
    start: int
    data: int
    end: int | None


def element_at(pieces: Pieces, start: int, limit: int) -> Element:
    """Return the element that begins there; raise CannotCut where it isn't one, or too long."""
    at = pieces.see(start, HEAD)
    found = parse_head(pieces.held, at, start)
    if found is None or found.data > limit or (found.end is not None and found.end > limit):
        raise CannotCut("the file is cut off" if found and limit == pieces.size else _DAMAGED)
    return found


def parse_head(held: bytes, at: int, start: int = 0) -> Element | None:
    """Return the element whose head is at a place of some bytes; None where it isn't one."""
    if at + 1 >= len(held) or not held[at]:
        return None
    width = 9 - held[at].bit_length()
    if width > 4 or at + width >= len(held):
        return None
    kind = int.from_bytes(held[at : at + width], "big")
    size = parse_number(held, at + width)
    if size is None:
        return None
    value, length = size
    data = start + width + length
    is_unknown = value == (1 << 7 * length) - 1
    return Element(kind, start, data, None if is_unknown else data + value)


def parse_number(held: bytes, at: int) -> tuple[int, int] | None:
    """Return a number of variable length at a place, and its length; None where there's none."""
    if at >= len(held) or not held[at]:
        return None
    length = 9 - held[at].bit_length()
    if at + length > len(held):
        return None
    return int.from_bytes(held[at : at + length], "big") & ((1 << 7 * length) - 1), length


def children(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the elements in some content: the id, the whole of it, and what is in it."""
    at = 0
    while at < len(content):
        found = parse_head(content, at)
        if found is None or found.end is None or at + found.end > len(content):
            raise CannotCut(_DAMAGED)
        whole = content[at : at + found.end]
        yield found.id, whole, whole[found.data :]
        at += found.end


def value_of(content: bytes, kind: int) -> bytes | None:
    """Return the content of the first element of its kind, None where there's none."""
    return next((inner for id_, _, inner in children(content) if id_ == kind), None)


def number_of(content: bytes, kind: int, default: int) -> int:
    """Return the number in the first element of its kind, or the default."""
    value = value_of(content, kind)
    if value is None or not value:
        return default if value is None else 0
    if len(value) > 8:
        raise CannotCut(_DAMAGED)
    return int.from_bytes(value, "big")


def float_of(content: bytes) -> float:
    """Return the number that is an element's content."""
    if len(content) not in (4, 8):
        raise CannotCut(_DAMAGED)
    value: float = struct.unpack(">f" if len(content) == 4 else ">d", content)[0]
    return value


def written(kind: int, content: bytes) -> bytes:
    """Return an element as a file has it."""
    return head_of(kind, len(content)) + content


def head_of(kind: int, size: int) -> bytes:
    """Return the head of an element whose content has so many bytes."""
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + (size | 1 << 56).to_bytes(8, "big")


def written_number(kind: int, number: int) -> bytes:
    """Return an element with a number."""
    return written(kind, number.to_bytes(max((number.bit_length() + 7) // 8, 1), "big"))
