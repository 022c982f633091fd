"""What can be changed of the pool that a job has for itself: whether it outlives the job.

"Only the keepAlive property of the autoPoolSpecification can be updated, and then only if the
autoPoolSpecification has a poolLifetimeOption of Job" (UpdateJob, ReplaceJob).
"""

from __future__ import annotations

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.state.defaults import complete_auto_pool
from batchff.emulator.state.model import Document, Job

_PLACE = "poolInfo.autoPoolSpecification"


def changed_auto_pool(job: Job, pool_info: Document) -> Document:
    """Give a job's `poolInfo` with the `keepAlive` that a request has; left out, it is false.

    Raises BatchError where the job has no such pool, or anything else would change.
    """
    if "poolId" in pool_info:
        raise two_pools()
    given: Document = pool_info["autoPoolSpecification"]
    kept_info: Document = job.document["poolInfo"]
    kept: Document | None = kept_info.get("autoPoolSpecification")
    if kept is None:
        raise bad_property(_PLACE, "", "The job has no pool that was made for it")
    before, after = _comparable(kept), _comparable(given)
    for name, value in after.items():
        if name != "keepAlive" and value != before.get(name):
            raise bad_property(f"{_PLACE}.{name}", "another", "Only keepAlive can be changed")
    keep = given.get("keepAlive", False)
    if keep == kept.get("keepAlive", False):
        return kept_info
    if before["poolLifetimeOption"] != "job":
        raise bad_property(
            f"{_PLACE}.keepAlive", keep, "It can be changed only where poolLifetimeOption is job"
        )
    return {"autoPoolSpecification": {**kept, "keepAlive": keep}}


def two_pools(place: str = "") -> BatchError:
    """Make the error for a job that names a pool and wants one made."""
    reason = "It goes without autoPoolSpecification: a job has one pool"
    return bad_property(f"{place}poolInfo", "poolId", reason)


def _comparable(specification: Document) -> Document:
    """Write a specification so that what means the same is the same."""
    return complete_auto_pool(specification)
