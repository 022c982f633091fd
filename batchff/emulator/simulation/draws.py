"""The random numbers of a simulation: the same for the same thing, in whatever order.

Each is made from what it is for (which try of which task, which node), not from those before it.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from statistics import NormalDist

from batchff.emulator.simulation.settings import Span

_NORMAL = NormalDist()
_BITS = 53
_95TH = _NORMAL.inv_cdf(0.95)


def draw(seed: int, *subject: object) -> float:
    """Draw a number between 0 and 1, both excluded, evenly."""
    named = "\0".join(map(str, (seed, *subject)))
    digest = blake2b(named.encode(), digest_size=8).digest()
    return ((int.from_bytes(digest) >> (64 - _BITS)) + 0.5) / (1 << _BITS)


def draw_seconds(span: Span, seed: int, *subject: object) -> float:
    """Draw how long something takes.

    The times are log-normal, as those of tasks and machines are: a few take much longer. The 5th
    percentile is the span's low end, the 95th its high one.
    """
    if span.low == span.high:
        return span.low
    low, high = math.log(span.low), math.log(span.high)
    deviations = _NORMAL.inv_cdf(draw(seed, *subject)) / _95TH
    return math.exp((low + high + deviations * (high - low)) / 2)
