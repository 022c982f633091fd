"""Where a film would be cut."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of a film, in seconds since the file begins; `bytes` is what its node fetches."""

    start: float
    end: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Chunks:
    """The chunks that a film would be cut into; none, for a `reason`, where it can't be.

    `rest` is how many bytes the node fetches that encodes all but the film.
    """

    chunks: tuple[Chunk, ...]
    rest: int
    reason: str
