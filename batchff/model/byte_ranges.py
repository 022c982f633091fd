"""Parts of a file or blob, by the places of their bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to but without `end`; raises ValueError where it's before it."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"no range: {self.start} to {self.end}")

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start
