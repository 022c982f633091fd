"""What a multi-instance task asks of its pool."""

from __future__ import annotations

from collections.abc import Iterator

from batchff.emulator.state.model import Document, Pool

_NAME = "multiInstanceSettings"


def check_instances(task: Document, pool: Pool | None) -> Iterator[str]:
    """Give what a task's pool, if there is one by now, lacks for its instances.

    On Azure such a task couldn't run; here it does, on one node. "For multi-instance Tasks, this
    must be 1" is said of requiredSlots, but an example of the same description has 2.
    """
    settings = task.get(_NAME)
    if settings is None or pool is None:
        return
    if not pool.document.get("enableInterNodeCommunication"):
        yield f"{_NAME} in a pool without enableInterNodeCommunication"
    if settings.get("numberOfInstances", 1) > pool.target_dedicated + pool.target_low_priority:
        yield f"{_NAME}.numberOfInstances above the number of the pool's nodes"
