"""Works out what files come to by the pieces of some that were encoded."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batchff.ffmpeg.sampling import Sample
from batchff.model.estimates import Encoding, Spread
from batchff.pipeline.estimate.pieces import Work

_UNKNOWN_WITHIN = 0.3
_UNKNOWN_BETWEEN = 0.6
_LEAST = 0.05
"""How far pieces of a film, and films, differ as a share where only one is known; and at least."""

_NINE_OF_TEN = 1.65


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a work: its samples; `is_whole` where one is all of it."""

    samples: tuple[Sample, ...]
    is_whole: bool = False

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return statistics.fmean(each.rate for each in self.samples)

    @property
    def cpu(self) -> float:
        """CPU seconds a second."""
        return sum(each.cpu for each in self.samples) / sum(each.seconds for each in self.samples)

    @property
    def seconds(self) -> float:
        """How much of it was encoded."""
        return sum(each.seconds for each in self.samples)


def encoding(works: Sequence[Work], known: Mapping[int, Known]) -> Encoding:
    """Return what all works come to, by what is known of some of them by number.

    Works that weren't tried are as those that were, by their weight. Sizes go by the sources' own
    sizes instead, where these tell them better. Raises ValueError where nothing is known.
    """
    if not known:
        raise ValueError("nothing was tried")
    tried = [(works[at], each) for at, each in known.items()]
    cpu = _total(works, known, [each.cpu * work.seconds for work, each in tried], _weights(works))
    bytes_ = [each.rate * work.seconds for work, each in tried]
    by_weight = _total(works, known, bytes_, _weights(works))
    by_size = _total(works, known, bytes_, [float(work.size) for work in works])
    return Encoding(
        files=len({work.name for work in works}),
        tried=len({work.name for work, _ in tried}),
        pieces=sum(len(each.samples) for each in known.values()),
        bytes=min(by_weight, by_size, key=lambda each: each.high - each.low),
        cpu_seconds=cpu,
    )


def _weights(works: Sequence[Work]) -> list[float]:
    return [work.weight for work in works]


def _total(
    works: Sequence[Work],
    known: Mapping[int, Known],
    totals: Sequence[float],
    weights: Sequence[float],
) -> Spread:
    """Return a sum for all works by the `totals` of those known, in their order."""
    rates = [total / (weights[at] or 1.0) for at, total in zip(known, totals, strict=True)]
    heard = sum(weights[at] for at in known)
    pooled = sum(totals) / heard if heard else 0.0
    unknown = sum(weights) - heard
    likely = sum(totals) + pooled * max(unknown, 0.0)
    within = _differing([each.rate for one in known.values() for each in one.samples], rates)
    variance = 0.0
    for (at, each), total in zip(known.items(), totals, strict=True):
        if not each.is_whole:
            left = max(1 - each.seconds / max(works[at].seconds, 0.001), 0.0)
            own = _spread_of([one.rate for one in each.samples], within)
            variance += (total * own) ** 2 / len(each.samples) * left
    between = _spread_of(rates, _UNKNOWN_BETWEEN)
    variance += (pooled * max(unknown, 0.0) * between) ** 2 / len(rates)
    pieces = sum(len(each.samples) for each in known.values())
    reach = _NINE_OF_TEN * (1 + 2 / pieces) * math.sqrt(variance) + _LEAST * likely
    return Spread(max(likely - reach, 0.0), likely, likely + reach)


def _differing(samples: Sequence[float], rates: Sequence[float]) -> float:
    """Return how far pieces of a film differ, where one film has too few to tell by itself."""
    if len(rates) > 1 or len(samples) < 2:
        return _UNKNOWN_WITHIN
    return _spread_of(samples, _UNKNOWN_WITHIN)


def _spread_of(values: Sequence[float], unknown: float) -> float:
    """Return the deviation as a share of the mean."""
    if len(values) < 2 or not any(values):
        return unknown
    found = statistics.stdev(values) / (statistics.fmean(values) or 1.0)
    # Two or three that are alike by chance say little.
    return max(found, unknown / len(values))
