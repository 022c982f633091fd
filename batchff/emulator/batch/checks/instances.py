"""What a multi-instance task asks of its pool."""

from __future__ import annotations

from collections.abc import Iterator

from batchff.emulator.batch.protocol.errors import bad_property
from batchff.emulator.state.model import Document, Pool

_NAME = "multiInstanceSettings"


def check_instances(task: Document, pool: Pool | None) -> Iterator[str]:
    """Give what a task's pool, if there is one by now, lacks for its instances.

    On Azure such a task couldn't run; here it does, on one node. Raises BatchError where the task
    asks for more than one slot, which no multi-instance task may.
    """
    settings = task.get(_NAME)
    if settings is None:
        return
    slots = task.get("requiredSlots", 1)
    if slots != 1:
        raise bad_property("requiredSlots", slots, "A multi-instance task takes one slot")
    if pool is None:
        return
    if not pool.document.get("enableInterNodeCommunication"):
        yield f"{_NAME} in a pool without enableInterNodeCommunication"
    if settings.get("numberOfInstances", 1) > pool.target_dedicated + pool.target_low_priority:
        yield f"{_NAME}.numberOfInstances above the number of the pool's nodes"
