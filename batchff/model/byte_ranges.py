"""A part of a file or a blob, by its bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to `end`, which is the first one after them.

    Raises ValueError where the end is before the start.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"no range: {self.start} to {self.end}")

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.end - self.start


Part = bytes | ByteRange
"""Bytes of ours, or a range of a source's."""


def size_of(part: Part) -> int:
    """Return how many bytes a part has."""
    return part.size if isinstance(part, ByteRange) else len(part)
