"""Which other tasks a task may depend on."""

from __future__ import annotations

from batchff.emulator.batch.protocol.errors import BatchError, bad_property
from batchff.emulator.state.model import Document

_LONGEST_LIST = 64_000


def check_dependencies(depends_on: Document, job: Document) -> None:
    """Raise the error for dependencies that a task of a job can't have."""
    if not job["usesTaskDependencies"]:
        raise BatchError("TaskDependenciesNotSpecifiedOnJob", {"PropertyName": "dependsOn"})
    if sum(map(len, depends_on.get("taskIds", ()))) > _LONGEST_LIST:
        raise BatchError("TaskDependencyListTooLong", {"PropertyName": "dependsOn.taskIds"})
    for index, limits in enumerate(depends_on.get("taskIdRanges", ())):
        if limits["start"] > limits["end"]:
            name = f"dependsOn.taskIdRanges[{index}].end"
            raise bad_property(name, limits["end"], "It must not be before the start")
