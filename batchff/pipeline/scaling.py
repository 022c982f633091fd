"""A pool's formula: nodes while there is work, none without, whatever becomes of the client.

The language is that of "Create a formula to automatically scale compute nodes in a Batch pool".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from batchff.model import PoolSpec

EVALUATION_INTERVAL = timedelta(minutes=5)
"""How often the service works the formula out; it takes no shorter one."""

_START = timedelta(minutes=15)


def scaling_formula(spec: PoolSpec, now: datetime) -> str:
    """Return the formula of a pool that is asked for at this time.

    For its first minutes the pool has all its nodes, as its tasks are still to come; then as many
    as the tasks that wait or run need, up to that number. A node goes when its tasks are done.
    While the service can't say how many tasks there are, the pool stays as it is.
    """
    started = (now + _START).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"""\
isStarting = time() < time("{started}");
isSampled = $PendingTasks.GetSamplePercent(5 * TimeInterval_Minute) >= 70;
pending = isSampled ? max($PendingTasks.GetSample(5 * TimeInterval_Minute)) : 0;
needed = round(pending / {spec.slots} + 0.499);
dedicated = isSampled ? min({spec.nodes}, needed) : $TargetDedicatedNodes;
spot = isSampled ? min({spec.spot}, needed) : $TargetLowPriorityNodes;
$TargetDedicatedNodes = isStarting ? {spec.nodes} : dedicated;
$TargetLowPriorityNodes = isStarting ? {spec.spot} : spot;
$NodeDeallocationOption = taskcompletion;
"""
