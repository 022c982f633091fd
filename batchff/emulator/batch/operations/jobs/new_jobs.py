"""What is checked of a job before it's made, now or by a schedule."""

from __future__ import annotations

from batchff.emulator.batch.checks.auto_pools import two_pools
from batchff.emulator.batch.checks.job_tasks import check_job_tasks
from batchff.emulator.batch.checks.references import check_network
from batchff.emulator.batch.operations.pools.pools import check_pool
from batchff.emulator.batch.protocol.call import Call
from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.state.creation import lives_with_schedule
from batchff.emulator.state.defaults import complete_job
from batchff.emulator.state.model import Document, Pool
from batchff.emulator.state.states import PoolState


def check_new_job(call: Call, body: Document) -> None:
    """Refuse a CreateJob whose pool can't be, or whose own tasks don't fit it or each other."""
    _check_job(call, body, "")
    specification = body["poolInfo"].get("autoPoolSpecification")
    if specification is not None and lives_with_schedule(specification):
        raise bad_property(
            "poolInfo.autoPoolSpecification.poolLifetimeOption",
            specification["poolLifetimeOption"],
            "It is for the jobs of job schedules only",
        )


def check_job_specification(call: Call, specification: Document) -> None:
    """Refuse a job schedule whose jobs couldn't be made."""
    _check_job(call, specification, "jobSpecification.")


def check_size_of_task(body: Document, slots: int | None, place: str = "") -> None:
    """Refuse a task that is too large for a node with so many slots."""
    wanted = body.get("requiredSlots", 1)
    if slots is not None and wanted > slots:
        raise bad_property(f"{place}requiredSlots", wanted, f"The pool's nodes have {slots}")


def named_pool(call: Call, pool_info: Document, place: str = "") -> Pool | None:
    """Give the pool that a PoolInformation names, if there is one.

    It needn't exist: "the Batch service will not reject the Job request; it will simply not run
    Tasks until the Pool exists" (PoolInformation).
    """
    pool_id = pool_info.get("poolId")
    if not pool_id:
        raise BatchError("MissingRequiredProperty", {"PropertyName": f"{place}poolInfo.poolId"})
    pool = call.store.pools.find(pool_id)
    if pool is not None and pool.state is PoolState.DELETING:
        raise BatchError("PoolBeingDeleted")
    return pool


def _check_job(call: Call, body: Document, place: str) -> None:
    check_network(body)
    check_job_tasks(complete_job(body), place)
    pool_info = body["poolInfo"]
    specification = pool_info.get("autoPoolSpecification")
    if specification is None:
        pool = named_pool(call, pool_info, place)
        slots = pool.slots_per_node if pool is not None else None
    elif "poolId" in pool_info:
        raise two_pools(place)
    else:
        check_pool(specification["pool"], call.request.version)
        slots = specification["pool"].get("taskSlotsPerNode", 1)
    if "jobManagerTask" in body:
        check_size_of_task(body["jobManagerTask"], slots, f"{place}jobManagerTask.")
