"""Events of a job and its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from batchff.events import Event
from batchff.model.jobs import FailedTask, SameFailure, TaskWork


@dataclass(frozen=True, slots=True)
class JobCreated(Event):
    """The job exists; `created` is False when it existed before."""

    kind: ClassVar[str] = "job.ready"
    job: str
    pool: str
    created: bool


@dataclass(frozen=True, slots=True)
class DoneBefore(Event):
    """Of so many `files`, `done` were encoded by earlier jobs: only the others are made now."""

    kind: ClassVar[str] = "job.done_before"
    files: int
    done: int
    outputs: int
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TasksAdded(Event):
    """The job has more tasks."""

    kind: ClassVar[str] = "tasks.added"
    job: str
    tasks: int


@dataclass(frozen=True, slots=True)
class CountsChanged(Event):
    """The number of the job's waiting, running, succeeded or failed tasks has changed.

    `batchff` says whether batchff made the job. If so, files and the outputs made of them are
    counted as well: a file can have several tasks, and a task several outputs. `files` is how many
    are planned.
    """

    kind: ClassVar[str] = "job.counts"
    job: str
    active: int
    running: int
    succeeded: int
    failed: int
    batchff: bool = True
    files_encoded: int = 0
    files_failed: int = 0
    outputs: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class TaskProgressed(Event):
    """A task is running on a node; `fraction` is None while the input's duration isn't known.

    One that `is_checking` has made its outputs, which the node holds against the source now.
    """

    kind: ClassVar[str] = "task.progress"
    task: str
    file: str
    fraction: float | None
    fps: float | None
    speed: float | None
    node: str = ""
    is_checking: bool = False


@dataclass(frozen=True, slots=True)
class TaskStarted(Event):
    """A task is on a node, since `started` by the service's clock; only displays have use for it.

    It may have run before, on another node that went away.
    """

    kind: ClassVar[str] = "task.started"
    task: str
    file: str
    node: str
    started: datetime | None


@dataclass(frozen=True, slots=True)
class TaskRequeued(Event):
    """A task's node went away, so that it waits again; only displays have use for it."""

    kind: ClassVar[str] = "task.requeued"
    task: str


@dataclass(frozen=True, slots=True)
class TaskEnded(Event):
    """A task has ended, whatever becomes of its file; only displays have use for it.

    It `took` so many seconds on its node, None where that isn't known.
    """

    kind: ClassVar[str] = "task.ended"
    task: str
    succeeded: bool
    took: float | None


@dataclass(frozen=True, slots=True)
class WorkPlanned(Event):
    """What a job is to do, task by task; only displays have use for it.

    `source` is where the files come from, in one word, `files` how many are to be encoded. A job
    that was there before was `created` then, by the service's clock. This command `sends` the
    files, or `downloads` the outputs. `made_by` is each output's task, by its path.
    """

    kind: ClassVar[str] = "job.planned"
    job: str
    source: str
    preset: str
    files: int
    bytes: int
    tasks: Mapping[str, TaskWork]
    outputs: int = 0
    created: datetime | None = None
    sends: bool = False
    downloads: bool = False
    made_by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskSucceeded(Event):
    """A task has succeeded; with `file_encoded`, it was the last of its file's tasks.

    `batchff` says whether batchff made the job. `node`, `started` and `ended` are of the task.
    """

    kind: ClassVar[str] = "task.succeeded"
    task: str
    file: str
    batchff: bool = True
    node: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    file_encoded: bool = True


@dataclass(frozen=True, slots=True)
class FileNotEncoded(Event):
    """Nothing can be made of a file, so it has no task and isn't sent."""

    kind: ClassVar[str] = "file.not_encoded"
    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileFitted(Event):
    """What is made of a file was fitted to it.

    `choices` say what was chosen where there was a choice, `lacks` what the outputs lack of the
    file.
    """

    kind: ClassVar[str] = "file.fitted"
    file: str
    choices: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilesLack(Event):
    """The outputs of `count` files lack the same of their sources; `files` are the first."""

    kind: ClassVar[str] = "files.lack"
    what: str
    count: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilmPlanned(Event):
    """A long film is encoded in so many `chunks`; none where it's encoded whole, for a reason."""

    kind: ClassVar[str] = "file.chunked"
    file: str
    chunks: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FileTold(Event):
    """What a node said of a file that is encoded; one that `is_salvaged` was cut off or damaged."""

    kind: ClassVar[str] = "file.told"
    file: str
    words: tuple[str, ...]
    is_salvaged: bool = False


@dataclass(frozen=True, slots=True)
class TaskFailed(Event):
    """A file could not be encoded.

    One that `is_like_others` failed with the same words as others, and needs no line of its own.
    """

    kind: ClassVar[str] = "task.failed"
    failure: FailedTask
    is_like_others: bool = False


@dataclass(frozen=True, slots=True)
class FailuresReleased(Event):
    """Failures that seemed to be like others are shown one by one after all.

    Only displays have use for it: each of them was an event before.
    """

    kind: ClassVar[str] = "tasks.failed_apart"
    failures: tuple[FailedTask, ...]


@dataclass(frozen=True, slots=True)
class FailedAlike(Event):
    """All tasks of a preset that have ended failed with the same words."""

    kind: ClassVar[str] = "tasks.failed_alike"
    job: str
    same: SameFailure


@dataclass(frozen=True, slots=True)
class TasksUnreachable(Event):
    """Tasks depend on one that failed and never run; `files` are the first of them."""

    kind: ClassVar[str] = "tasks.unreachable"
    job: str
    tasks: int
    files: tuple[str, ...]
