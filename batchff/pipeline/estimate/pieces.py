"""Chooses which pieces of many files are encoded, to tell what all of them come to."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from batchff.model.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be made of a file by a recipe.

    `seconds` is how long the file is, or the part of it that begins at `start`. `size` is in bytes,
    `pixels` how many it shows in a second, 0 where it has no film.
    """

    name: str
    path: Path
    recipe: Recipe
    seconds: float
    size: int
    pixels: float = 0.0
    start: float | None = None
    beside: tuple[Path, ...] = field(default=(), compare=False)

    @property
    def weight(self) -> float:
        """About how much of the processors' time it needs beside the others."""
        return self.seconds * self.density

    @property
    def density(self) -> float:
        """The same of a second of it."""
        return self.pixels or _SOUND


_SOUND = 100_000.0
"""To encode a second of sound is about as much as so many pixels."""


def places(works: Sequence[Work]) -> Iterator[tuple[int, float]]:
    """Yield ever new places as evenly as it can: the number of a work, and a second in its file.

    All works lie on a line, and each new place halves a gap: by J. G. van der Corput,
    "Verteilungsfunktionen", 1935. A heavier work is longer there, by its weight's root: a piece
    more of it tells less than a first piece of another.
    """
    lengths = [math.sqrt(work.weight) for work in works]
    ends = list(accumulate(lengths))
    number = 1
    while ends and ends[-1] > 0:
        place = _halving(number) * ends[-1]
        at = min(bisect_right(ends, place), len(works) - 1)
        within = place - (ends[at - 1] if at else 0.0)
        yield at, works[at].seconds * within / lengths[at]
        number += 1


def _halving(number: int) -> float:
    """Return the number's binary digits behind the point, in reverse order: 1/2, 1/4, 3/4, 1/8."""
    digits = f"{number:b}"
    return float(int(digits[::-1], 2) / (1 << len(digits)))
