"""Chooses where a film is cut: into near equal lengths, where scenes begin if one does nearby."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

from batchff.ffmpeg.chunks.film import Film, Key

_NEAR = Fraction(1, 4)
"""A chunk is up to so much of its length shorter or longer than asked for, where keys allow it."""

_MOST = 10_000
"""Chunks of one film."""

SHORTEST = 30.0
"""Seconds of a chunk where nobody says how long it is, at the least."""

_LONGEST = 300.0
_SHORTEST_FILM = 120.0
_CHUNKS_A_SLOT = 2
_LEAST_PICTURES = 750
"""An encoder places a picture that needs no other each 250: a chunk has one more than its part of
the whole, which is little among three (`tests/benchmarks/cutting.py`).
"""


def auto_seconds(film: float | None, slots: int, nodes: int) -> float | None:
    """Return how long the chunks of a film are where nobody says it, in seconds; None for no cut.

    `slots` are those that would be free for it. On one node, ffmpeg has all processors already.
    """
    if film is None or film < _SHORTEST_FILM or slots < 2 or nodes < 2:
        return None
    return min(max(film / (_CHUNKS_A_SLOT * slots), SHORTEST), _LONGEST)


def with_enough_pictures(seconds: float, film: Film) -> float:
    """Return how long chunks are that were to be so long, so that none has too few pictures."""
    if not film.shown:
        return seconds
    return max(seconds, float((film.ends - film.keys[0].time) * _LEAST_PICTURES / film.shown))


def choose_cuts(keys: Sequence[Key], ends: Fraction, seconds: float) -> tuple[int, ...]:
    """Return the indexes of the keys that chunks of about so many seconds begin with.

    The first is 0. No chunk at the end is shorter than half of the others.
    """
    shortest = (ends - keys[0].time) / _MOST / (1 - _NEAR)
    length = max(Fraction(seconds), shortest, Fraction(1, 1000))
    cuts = [0]
    while True:
        last = keys[cuts[-1]].time
        if ends - last < length * Fraction(3, 2):
            return tuple(cuts)
        following = _next(keys, cuts[-1], last + length, length * _NEAR)
        if following is None or ends - keys[following].time < length / 2:
            return tuple(cuts)
        cuts.append(following)


def _next(keys: Sequence[Key], last: int, target: Fraction, near: Fraction) -> int | None:
    """Return the best key after the last one: a scene's beginning near the target, or any there.

    Where none is near, it's the next one after that.
    """
    first = bisect_left(keys, target - near, lo=last + 1, key=_time)
    beyond = bisect_right(keys, target + near, lo=first, key=_time)
    close = range(first, beyond)
    scenes = [at for at in close if keys[at].is_early]
    if close:
        return min(scenes or close, key=lambda at: abs(keys[at].time - target))
    return beyond if beyond < len(keys) else None


def _time(key: Key) -> Fraction:
    return key.time
