"""Says what nodes are likely to need for an encoding, and what that costs."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchff.model.estimates import Encoding, Outlook, Spread
from batchff.model.pools import PoolSpec
from batchff.model.vm_sizes import cores_of
from batchff.pipeline.estimate.pieces import Work
from batchff.pipeline.estimate.speeds import Speed

if TYPE_CHECKING:
    from batchff.profile import Prices

CHECKS = 0.15
"""What it costs to check outputs on the node, beside their encoding."""

AGAIN, MEASURED = 0.4, 0.55
"""What it costs for a quality to encode some films again, and to measure all that is made."""

_SEARCHED, _MOST_SEARCHED = 20.0, 2.5
"""What it costs to find a CRF: encodings of so many seconds in all, or this many of a short film.
By `tests/benchmarks/quality.py`, as the two above.
"""

USED = 0.85
"""How much of a node's processors ffmpeg keeps busy."""

_UNSURE, _UNMEASURED = 0.2, 0.5
"""How far checks and a search may take more or less, and nodes that no job has shown."""

_HERE = 2.0
"""Seconds for all that isn't encoding, where nodes are this machine."""

_STARTS = 120.0
_IDLES = 600.0
"""Seconds until a node runs tasks, and that it stays when none is left: the service works the
pool's formula out every five minutes, and that waits five minutes more.
"""


def burden(works: Sequence[Work]) -> float:
    """Return how much all that a node does for works takes, beside their encoding alone."""
    weight = sum(work.weight for work in works) or 1.0
    return 1 + CHECKS + sum(_search(work) * work.weight for work in works) / weight


def _search(work: Work) -> float:
    """Return what a quality costs beside a work's encoding."""
    quality = work.recipe.quality
    if quality is None or not quality.metric:
        return 0.0
    return AGAIN + MEASURED + min(_SEARCHED / max(work.seconds, 0.1), _MOST_SEARCHED)


def outlook(
    found: Encoding,
    works: Sequence[Work],
    spec: PoolSpec,
    prices: Prices,
    speed: Speed,
    *,
    here: bool,
    chunks: int = 1,
) -> Outlook | None:
    """Return what the nodes of such a pool are likely to need; None where their cores aren't known.

    With `here`, all nodes share this machine's processors, and come and go at once. `chunks` is
    into how many the longest film is cut.
    """
    cores = os.cpu_count() or 1 if here else cores_of(spec.vm_size)
    if not cores:
        return None
    cpu = found.cpu_seconds.times(speed.factor * burden(works))
    cpu = cpu.wider(_UNSURE if speed.is_measured else _UNMEASURED)
    nodes = min(spec.most_nodes, max(math.ceil(len(works) * chunks / spec.slots), 1))
    longest = max(work.weight for work in works) / (sum(work.weight for work in works) or 1.0)
    share = max(1 / (1 if here else nodes), longest / chunks)
    seconds = cpu.times(share / (cores * USED))
    if here:
        seconds = seconds.plus(_HERE)
    besides = 0.0 if here else _STARTS + _IDLES
    hours = seconds.plus(besides).times(nodes / 3600)
    dedicated = spec.nodes / ((spec.nodes + spec.spot) or 1)
    amounts = [
        prices.cost(spec.vm_size, dedicated=each * dedicated, spot=each * (1 - dedicated))
        for each in (hours.low, hours.likely, hours.high)
    ]
    low, likely, high = amounts
    amount = None
    if low is not None and likely is not None and high is not None:
        amount = Spread(low, likely, high)
    return Outlook(hours, seconds, amount, speed.is_measured)
