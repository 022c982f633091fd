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
"""How far pieces of a film, and films, differ as a share where only one is known."""

_LEAST = 0.1
_LEAST_OF_WHOLE = 0.05
"""How far off an estimate may be where pieces don't differ, and where all was encoded here."""

_NINE_OF_TEN = 1.65
_ENOUGH_TO_CHOOSE = 4


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a work: its samples; `is_whole` where one is all of it."""

    samples: tuple[Sample, ...]
    is_whole: bool = False

    def bytes(self, work: Work) -> tuple[float, float]:
        """Return how large a work becomes, and how far its pieces differ as a share.

        Where a source has more bytes it often becomes more: then its own size tells it better.
        """
        rates = [each.rate for each in self.samples]
        by_time = (statistics.fmean(rates) * work.seconds, _spread_of(rates, _UNKNOWN_WITHIN))
        if len(rates) < _ENOUGH_TO_CHOOSE or not all(each.of for each in self.samples):
            return by_time
        shares = [each.rate / each.of for each in self.samples]
        share = sum(rates) / sum(each.of for each in self.samples)
        by_size = (share * work.size, _spread_of(shares, _UNKNOWN_WITHIN))
        return min(by_time, by_size, key=lambda each: each[1])

    def cpu_seconds(self, work: Work) -> float:
        """Return what a work takes: to start, and for each second."""
        growing = sum(each.cpu - each.startup for each in self.samples)
        startup = statistics.fmean(each.startup for each in self.samples)
        return startup + growing / self.seconds * work.seconds

    @property
    def startup(self) -> float | None:
        """CPU seconds to start, None where all of it was encoded at once."""
        return None if self.is_whole else self.samples[0].startup

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
    weights = [work.weight for work in works]
    cpu = _total(works, known, [(each.cpu_seconds(work), None) for work, each in tried], weights)
    bytes_ = [each.bytes(work) for work, each in tried]
    by_weight = _total(works, known, bytes_, weights)
    by_size = _total(works, known, bytes_, [float(work.size) for work in works])
    return Encoding(
        files=len({work.name for work in works}),
        tried=len({work.name for work, _ in tried}),
        pieces=sum(len(each.samples) for each in known.values()),
        bytes=min(by_weight, by_size, key=lambda each: each.high - each.low),
        cpu_seconds=cpu,
    )


def _total(
    works: Sequence[Work],
    known: Mapping[int, Known],
    found: Sequence[tuple[float, float | None]],
    weights: Sequence[float],
) -> Spread:
    """Return a sum for all works, by those `found` of the known ones in their order.

    Each comes with how far its pieces differ; None where that goes by what these took.
    """
    totals = [total for total, _ in found]
    rates = [total / (weights[at] or 1.0) for at, total in zip(known, totals, strict=True)]
    heard = sum(weights[at] for at in known)
    pooled = sum(totals) / heard if heard else 0.0
    unknown = sum(weights) - heard
    likely = sum(totals) + pooled * max(unknown, 0.0)
    variance = 0.0
    for (at, each), (total, differing) in zip(known.items(), found, strict=True):
        if not each.is_whole:
            left = max(1 - each.seconds / max(works[at].seconds, 0.001), 0.0)
            own = differing
            if own is None:
                own = _spread_of(
                    [(one.cpu - one.startup) / one.seconds for one in each.samples],
                    _UNKNOWN_WITHIN,
                )
            variance += (total * own) ** 2 / len(each.samples) * left
    between = _spread_of(rates, _UNKNOWN_BETWEEN)
    variance += (pooled * max(unknown, 0.0) * between) ** 2 / len(rates)
    pieces = sum(len(each.samples) for each in known.values())
    is_known = unknown <= 0 and all(each.is_whole for each in known.values())
    least = _LEAST_OF_WHOLE if is_known else _LEAST
    reach = _NINE_OF_TEN * (1 + 2 / pieces) * math.sqrt(variance) + least * likely
    # What isn't known at all may be many times less, but not nothing.
    return Spread(max(likely - reach, likely**2 / (likely + reach or 1.0)), likely, likely + reach)


def _spread_of(values: Sequence[float], unknown: float) -> float:
    """Return the deviation as a share of the mean."""
    if len(values) < 2 or not any(values):
        return unknown
    found = statistics.stdev(values) / (statistics.fmean(values) or 1.0)
    # Two or three that are alike by chance say little.
    return max(found, unknown / len(values))
