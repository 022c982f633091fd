"""A pool's formula: nodes while there is work, none without, whatever becomes of the client.

The language is that of "Create a formula to automatically scale compute nodes in a Batch pool".
By that page `$CurrentLowPriorityNodes` counts the preempted nodes too, and a service that has
fewer than 70 of 100 samples isn't to be relied on.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from batchff.model.pools import PoolSpec

EVALUATION_INTERVAL = timedelta(minutes=5)
"""How often the service works the formula out; it takes no shorter one."""

_START = timedelta(minutes=15)


def scaling_formula(spec: PoolSpec, now: datetime, tasks: int | None = None) -> str:
    """Return the formula of a pool that is asked for at this time.

    For its first minutes the pool has all its nodes, as its tasks are still to come, or those that
    so many `tasks` need; then as many as the tasks that wait or run need, dedicated ones first, up
    to their numbers. A node goes when its tasks are done. While the service can't say how many
    tasks there are, the pool stays as it is.

    Tasks that waited or ran for all of the last 10 minutes should have had their Spot nodes. What
    was lacking of these in the mean of the last 5 minutes, as they didn't come or didn't stay, is
    made up for by dedicated nodes, within the most nodes of the pool. Spot nodes are asked for
    besides as far as that leaves room, and take over again when they come.
    """
    started = (now + _START).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    at_start = spec.nodes + spec.spot
    if tasks is not None:
        at_start = min(at_start, math.ceil(tasks / spec.slots))
    formula = f"""\
isStarting = time() < time("{started}");
isSampled = $PendingTasks.GetSamplePercent(5 * TimeInterval_Minute) >= 70;
pending = isSampled ? max($PendingTasks.GetSample(5 * TimeInterval_Minute)) : 0;
needed = max(isStarting ? {at_start} : 0, round(pending / {spec.slots} + 0.499));
dedicated = min({spec.nodes}, needed);
spot = min({spec.spot}, needed - dedicated);
"""
    if spec.spot and spec.fallback:
        formula += f"""\
isLong = $PendingTasks.GetSamplePercent(10 * TimeInterval_Minute) >= 70;
waiting = isLong ? min($PendingTasks.GetSample(10 * TimeInterval_Minute)) : 0;
wanted = min(spot, round(waiting / {spec.slots} + 0.499) - dedicated);
current = isLong ? avg($CurrentLowPriorityNodes.GetSample(5 * TimeInterval_Minute)) : 0;
preempted = isLong ? avg($PreemptedNodeCount.GetSample(5 * TimeInterval_Minute)) : 0;
lacking = max(0, round(wanted - (current - preempted)));
dedicated = min({spec.most_nodes}, dedicated + lacking);
spot = min(spot, {spec.most_nodes} - dedicated);
"""
    return f"""{formula}\
isKnown = isStarting || isSampled;
$TargetDedicatedNodes = isKnown ? dedicated : $TargetDedicatedNodes;
$TargetLowPriorityNodes = isKnown ? spot : $TargetLowPriorityNodes;
$NodeDeallocationOption = taskcompletion;
"""
