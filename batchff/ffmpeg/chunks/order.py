"""Where a film can be cut, by the times of its pictures in the order in which they are decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

from batchff.ffmpeg.chunks.film import Key


@dataclass(frozen=True, slots=True)
class Cut:
    """A picture that a cut can be before, and how many after it are shown before it."""

    picture: int
    leading: int


def find_cuts(shown: Sequence[int], keys: Sequence[int]) -> Iterator[Cut]:
    """Yield the pictures that a cut can be before, of all those that need no other one.

    The first is the film's first picture. Where that one needs others, which are missing, no cut is
    before the first key, so that something of the first part can be decoded. All that are decoded
    before a cut's picture are shown before it; those that are decoded after it and shown before it
    follow it at once.
    """
    yield Cut(0, 0)
    after_first = [key for key in keys if key > 0]
    is_broken = not keys or keys[0] > 0
    earliest = earliest_from(shown)
    latest, at = shown[0], 0
    for key in after_first:
        latest = max(latest, max(shown[at:key], default=latest))
        at = key
        if latest >= shown[key]:
            continue
        leading = 0
        while key + leading + 1 < len(shown) and shown[key + leading + 1] < shown[key]:
            leading += 1
        following = key + leading + 1
        rest = earliest[following] if following < len(shown) else shown[key] + 1
        if shown[key] < rest:
            if not is_broken:
                yield Cut(key, leading)
            is_broken = False


def keys_at(times: Sequence[Fraction]) -> tuple[Key, ...]:
    """Return the keys at these times: which came sooner than the encoder's usual distance."""
    gaps = [after - time for time, after in pairwise(times)]
    usual = max(gaps, default=Fraction(0))
    early = [False, *(gap < usual * Fraction(9, 10) for gap in gaps)]
    return tuple(Key(time, is_early) for time, is_early in zip(times, early, strict=True))


def earliest_from(shown: Sequence[int]) -> list[int]:
    """Return for each picture the earliest time from it on."""
    return [*accumulate(reversed(shown), min)][::-1]
