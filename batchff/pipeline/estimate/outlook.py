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

QUALITY = 0.6
"""What it costs to find a CRF and to measure what it made, beside the encoding."""

USED = 0.85
"""How much of a node's processors ffmpeg keeps busy."""

_UNMEASURED = 0.5
_STARTS = 120.0
_IDLES = 600.0
"""Seconds until a node runs tasks, and that it stays when none is left: the service works the
pool's formula out every five minutes, and that waits five minutes more.
"""


def burden(works: Sequence[Work]) -> float:
    """Return how much all that a node does for works takes, beside their encoding alone."""
    sought = any(work.recipe.quality is not None for work in works)
    return 1 + CHECKS + (QUALITY if sought else 0.0)


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
    if not speed.is_measured:
        cpu = cpu.wider(_UNMEASURED)
    nodes = min(spec.most_nodes, max(math.ceil(len(works) * chunks / spec.slots), 1))
    longest = max(work.weight for work in works) / (sum(work.weight for work in works) or 1.0)
    share = max(1 / (1 if here else nodes), longest / chunks)
    seconds = cpu.times(share / (cores * USED))
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
