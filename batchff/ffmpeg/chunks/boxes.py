"""The boxes of MP4 and QuickTime files (ISO/IEC 14496-12): read, changed, written."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Read = Callable[[int, int], bytes]
"""Gives so many bytes of a file from an offset on; fewer only at its end."""

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"})
_DEEPEST = 8


class DamagedBoxes(ValueError):
    """A file's boxes contradict each other."""


@dataclass(slots=True)
class Box:
    """A box: its four letters, and its content, or the boxes in it."""

    kind: bytes
    content: bytes = b""
    boxes: list[Box] = field(default_factory=list)

    def find(self, *kinds: bytes) -> Box | None:
        """Return the first box on this path below the box, None where there's none."""
        box: Box | None = self
        for kind in kinds:
            box = next((each for each in box.boxes if each.kind == kind), None) if box else None
        return box

    def content_of(self, *kinds: bytes) -> bytes:
        """Return the content of the box on this path; raise DamagedBoxes where there's none."""
        box = self.find(*kinds)
        if box is None:
            raise DamagedBoxes(f"there is no {kinds[-1]!r}")
        return box.content

    def put(self, box: Box) -> None:
        """Put a box in place of the one of its kind, or at the end."""
        self.remove(box.kind)
        self.boxes.append(box)

    def remove(self, *kinds: bytes) -> None:
        """Remove all boxes of these kinds that are directly in this one."""
        self.boxes = [each for each in self.boxes if each.kind not in kinds]

    def written(self) -> bytes:
        """Return the box as a file has it."""
        content = b"".join(each.written() for each in self.boxes) if self.boxes else self.content
        return box_head(self.kind, len(content)) + content


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box is in a file: its content is from `start` up to `end`."""

    kind: bytes
    start: int
    end: int


def box_head(kind: bytes, size: int) -> bytes:
    """Return the head of a box whose content has so many bytes."""
    if size + 8 < 2**32:
        return struct.pack(">I4s", size + 8, kind)
    return struct.pack(">I4sQ", 1, kind, size + 16)


def long_head(kind: bytes, size: int) -> bytes:
    """Return a head that always has the same length, however large the content is."""
    return struct.pack(">I4sQ", 1, kind, size + 16)


LONG_HEAD = 16
"""How many bytes `long_head` returns."""


def top_boxes(read: Read, size: int) -> Iterator[Place]:
    """Yield where the boxes of a file are; raise DamagedBoxes where they don't fit into it."""
    at = 0
    while at + 8 <= size:
        head = read(at, 16)
        length, kind = struct.unpack_from(">I4s", head)
        begin = 8
        if length == 1 and len(head) == LONG_HEAD:
            length = struct.unpack_from(">Q", head, 8)[0]
            begin = LONG_HEAD
        elif length == 0:
            length = size - at
        if length < begin or at + length > size:
            raise DamagedBoxes(f"box {kind!r} doesn't fit into the file")
        yield Place(kind, at + begin, at + length)
        at += length


def parse_box(kind: bytes, content: bytes, depth: int = 0) -> Box:
    """Return a box with the boxes in it; raise DamagedBoxes where they don't fit into it."""
    if kind not in _CONTAINERS or depth > _DEEPEST:
        return Box(kind, content)
    boxes = []
    at = 0
    while at + 8 <= len(content):
        length, inner = struct.unpack_from(">I4s", content, at)
        begin = 8
        if length == 1 and at + LONG_HEAD <= len(content):
            length = struct.unpack_from(">Q", content, at + 8)[0]
            begin = LONG_HEAD
        elif length == 0:
            length = len(content) - at
        if length < begin or at + length > len(content):
            raise DamagedBoxes(f"box {inner!r} doesn't fit into {kind!r}")
        boxes.append(parse_box(inner, content[at + begin : at + length], depth + 1))
        at += length
    return Box(kind, b"", boxes)
