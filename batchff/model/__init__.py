"""The facts that one stage hands to the next; all of them immutable."""

from __future__ import annotations

from batchff.model.files import BlobInfo, ContainerInfo, Item, Source
from batchff.model.jobs import (
    FailedTask,
    JobOutcome,
    JobStatus,
    TaskCounts,
    TaskRun,
    TaskStatus,
    WaitingTask,
)
from batchff.model.pools import (
    FormulaRun,
    Image,
    NewPool,
    NodeStatus,
    PoolSpec,
    PoolStatus,
    StartTask,
)
from batchff.model.tasks import OutputFile, ResourceFile, TaskSpec

__all__ = [
    "BlobInfo",
    "ContainerInfo",
    "FailedTask",
    "FormulaRun",
    "Image",
    "Item",
    "JobOutcome",
    "JobStatus",
    "NewPool",
    "NodeStatus",
    "OutputFile",
    "PoolSpec",
    "PoolStatus",
    "ResourceFile",
    "Source",
    "StartTask",
    "TaskCounts",
    "TaskRun",
    "TaskSpec",
    "TaskStatus",
    "WaitingTask",
]
