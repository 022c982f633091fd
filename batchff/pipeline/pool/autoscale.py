"""A pool's formula: nodes while there is work, none without, whatever becomes of the client.

The language is that of "Create a formula to automatically scale compute nodes in a Batch pool".
By that page `$CurrentLowPriorityNodes` counts the preempted nodes too, and a service that has
fewer than 70 of 100 samples isn't to be relied on.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from batchff.model.pools import GAVE_UP, PoolSpec

EVALUATION_INTERVAL = timedelta(minutes=5)
"""How often the service works the formula out; it takes no shorter one."""

_START = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
# It has passed when the service works the formula out for the second time.
_OFF = timedelta(minutes=4)
_HOURS_BETWEEN_TRIES = 6


def scaling_formula(spec: PoolSpec, now: datetime, tasks: int | None = None) -> str:
    """Return the formula of a pool that is asked for at this time.

    In its first 15 minutes it has all its nodes, or only as many as `tasks` need: its tasks are
    still to come. Then it has as many as its waiting and running tasks need, dedicated ones first.
    A node goes when its tasks are done. While the service can't say how many tasks there are, the
    pool stays as it is.

    Spot nodes missing on average over the last 5 minutes are replaced by dedicated ones, as far as
    tasks waited or ran for all of the last 10 minutes. The pool never asks for more than its most
    nodes: dedicated ones come first, Spot nodes get the room that is left. When Spot nodes come,
    the dedicated ones go.

    If for an hour there were nodes, tasks waited and none ran, the pool gives up: it has no nodes,
    and tries again every 6 hours. So nodes that can't work cost an hour and an evaluation or two,
    then about one hour in six until the job ends.
    """
    return _formula(spec, now + _START, tasks, _gives_up(now))


def emptying_formula(spec: PoolSpec, now: datetime) -> str:
    """Return the formula of a pool without work: it has no nodes until tasks come."""
    return _formula(spec, now, 0, _gives_up(now), off_until=now + _OFF)


def resting_formula(spec: PoolSpec, now: datetime) -> str:
    """Return the formula of a pool that can't run the tasks that wait for it: it has no nodes.

    That holds for an hour, and then for as long as tasks wait.
    """
    gives_up = f"""\
isLost = isHour && waits > 0 && runs == 0;
{GAVE_UP} = time() < time("{_written(now + _HOUR)}") || (isLost && isEmpty);
"""
    return _formula(spec, now, 0, gives_up)


def _gives_up(now: datetime) -> str:
    # If the targets are 0 though tasks have waited for an hour, it gave up before. It can't tell by
    # the samples of nodes: nobody says how long the service keeps them.
    tries = range(now.astimezone(UTC).hour % _HOURS_BETWEEN_TRIES, 24, _HOURS_BETWEEN_TRIES)
    return f"""\
now = time();
isNextTry = now.minute < 15 && ({" || ".join(f"now.hour == {hour}" for hour in tries)});
isLost = isHour && time() > time("{_written(now + _HOUR)}") && waits > 0 && runs == 0;
{GAVE_UP} = isLost && (isEmpty ? !isNextTry : there > 0);
"""


def _formula(
    spec: PoolSpec,
    started: datetime,
    tasks: int | None,
    gives_up: str,
    off_until: datetime | None = None,
) -> str:
    at_start = spec.nodes + spec.spot
    if tasks is not None:
        at_start = min(at_start, math.ceil(tasks / spec.slots))
    formula = f"""\
isStarting = time() < time("{_written(started)}");
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
    off = f' || time() < time("{_written(off_until)}")' if off_until else ""
    return f"""{formula}{_last_hour(spec)}{gives_up}\
isOff = {GAVE_UP}{off};
dedicated = isOff ? 0 : dedicated;
spot = isOff ? 0 : spot;
isKnown = isStarting || isSampled || isOff;
$TargetDedicatedNodes = isKnown ? dedicated : $TargetDedicatedNodes;
$TargetLowPriorityNodes = isKnown ? spot : $TargetLowPriorityNodes;
$NodeDeallocationOption = taskcompletion;
"""


def _last_hour(spec: PoolSpec) -> str:
    """Return what an hour of samples says: fewest waiting tasks, fewest nodes, most running tasks.

    Samples may only be asked for where there are enough of them, and a pool without Spot nodes
    may have none of these.
    """
    counts = ["$ActiveTasks", "$RunningTasks", "$CurrentDedicatedNodes"]
    there = "min($CurrentDedicatedNodes.GetSample(TimeInterval_Hour))"
    if spec.spot:
        counts += ["$CurrentLowPriorityNodes", "$PreemptedNodeCount"]
        spot = "min($CurrentLowPriorityNodes.GetSample(TimeInterval_Hour))"
        preempted = "max($PreemptedNodeCount.GetSample(TimeInterval_Hour))"
        there = f"{there} + max(0, {spot} - {preempted})"
    sampled = " && ".join(f"{name}.GetSamplePercent(TimeInterval_Hour) >= 70" for name in counts)
    return f"""\
isHour = {sampled};
waits = isHour ? min($ActiveTasks.GetSample(TimeInterval_Hour)) : 0;
runs = isHour ? max($RunningTasks.GetSample(TimeInterval_Hour)) : 0;
there = isHour ? {there} : 0;
isEmpty = $TargetDedicatedNodes + $TargetLowPriorityNodes == 0;
"""


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
