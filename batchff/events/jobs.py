"""What is told of a job and its tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.events import Event
from batchff.model.jobs import FailedTask


@dataclass(frozen=True, slots=True)
class JobCreated(Event):
    """The job exists; `created` is False when it stood there before."""

    kind: ClassVar[str] = "job.ready"
    job: str
    pool: str
    created: bool


@dataclass(frozen=True, slots=True)
class TasksAdded(Event):
    """More tasks stand in the job."""

    kind: ClassVar[str] = "tasks.added"
    job: str
    tasks: int


@dataclass(frozen=True, slots=True)
class CountsChanged(Event):
    """The job's tasks stand elsewhere than at the last look.

    `batchff` says whether the job is one of batchff's: a task that succeeded has encoded a file.
    """

    kind: ClassVar[str] = "job.counts"
    job: str
    active: int
    running: int
    succeeded: int
    failed: int
    batchff: bool = True


@dataclass(frozen=True, slots=True)
class TaskProgressed(Event):
    """A task is running; `fraction` is None where the input's duration isn't known yet."""

    kind: ClassVar[str] = "task.progress"
    task: str
    file: str
    fraction: float | None
    fps: float | None
    speed: float | None


@dataclass(frozen=True, slots=True)
class TaskSucceeded(Event):
    """A task has succeeded; if the job is one of `batchff`'s, a file is encoded and checked."""

    kind: ClassVar[str] = "task.succeeded"
    task: str
    file: str
    batchff: bool = True


@dataclass(frozen=True, slots=True)
class TaskFailed(Event):
    """A file could not be encoded."""

    kind: ClassVar[str] = "task.failed"
    failure: FailedTask


@dataclass(frozen=True, slots=True)
class TasksUnreachable(Event):
    """Tasks wait for ever, behind one that failed; `files` are the first of them."""

    kind: ClassVar[str] = "tasks.unreachable"
    job: str
    tasks: int
    files: tuple[str, ...]
