"""What a stage tells while it works; a reporter shows it as a display, as lines or as JSON.

Every event's fields are plain data: with `--json` they are the keys of the event's line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from batchff.model import FailedTask


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened; `kind` names it for scripts and never changes its meaning."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something the user should know, that is no reason to stop."""

    kind: ClassVar[str] = "notice"
    message: str


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something is wrong, and may need the user."""

    kind: ClassVar[str] = "warning"
    message: str


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """The files to encode are known; `left_out` counts the others by reason."""

    kind: ClassVar[str] = "planned"
    files: int
    bytes: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class UploadStarted(Event):
    """Files are about to be sent."""

    kind: ClassVar[str] = "upload.started"
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class BytesUploaded(Event):
    """More bytes of a file have left; frequent, so only a live display shows it."""

    kind: ClassVar[str] = "upload.bytes"
    bytes: int


@dataclass(frozen=True, slots=True)
class FileUploaded(Event):
    """A file stands as a blob; `skipped` when it stood there unchanged before."""

    kind: ClassVar[str] = "upload.file"
    file: str
    blob: str
    bytes: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class UploadEnded(Event):
    """All files that could be sent stand as blobs; of them, `unchanged` stood there before."""

    kind: ClassVar[str] = "upload.ended"
    files: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class PoolReady(Event):
    """The pool exists; `created` when this command made it."""

    kind: ClassVar[str] = "pool.ready"
    pool: str
    created: bool


@dataclass(frozen=True, slots=True)
class NodeChanged(Event):
    """A node of the pool is in another state than at the last look."""

    kind: ClassVar[str] = "node.changed"
    pool: str
    node: str
    state: str


@dataclass(frozen=True, slots=True)
class NodesCounted(Event):
    """The pool's nodes stand elsewhere than at the last look: so many in each state."""

    kind: ClassVar[str] = "nodes.counts"
    pool: str
    states: dict[str, int]


@dataclass(frozen=True, slots=True)
class NodeFailed(Event):
    """A node can't take tasks; `log` is what its start task said at last."""

    kind: ClassVar[str] = "node.failed"
    pool: str
    node: str
    reason: str
    log: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class LogStarted(Event):
    """What a failed task wrote follows."""

    kind: ClassVar[str] = "log.started"
    task: str
    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class LogLine(Event):
    """A line that a task wrote: what `batchff logs` is asked for, so it belongs on stdout."""

    kind: ClassVar[str] = "log.line"
    task: str
    file: str
    line: str


@dataclass(frozen=True, slots=True)
class DownloadStarted(Event):
    """Outputs are about to come home; `bytes` is None where they are still to be made."""

    kind: ClassVar[str] = "download.started"
    files: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class BytesDownloaded(Event):
    """More bytes have come home; frequent, so only a live display shows it."""

    kind: ClassVar[str] = "download.bytes"
    bytes: int


@dataclass(frozen=True, slots=True)
class FileDownloaded(Event):
    """An output is at home and checked; `skipped` when it was there, unchanged, before."""

    kind: ClassVar[str] = "download.file"
    file: str
    path: str
    bytes: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class DownloadEnded(Event):
    """All outputs that could be brought are at home; of them, `unchanged` were there before."""

    kind: ClassVar[str] = "download.ended"
    files: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Checked(Event):
    """Something was checked; `status` is ok, warning or failure, `advice` what to do about it."""

    kind: ClassVar[str] = "check"
    name: str
    status: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Removed(Event):
    """Something of batchff's was removed, or is being removed by the service."""

    kind: ClassVar[str] = "removed"
    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Kept(Event):
    """Something that a cleanup was to remove stays, or some of it: `reason` says why."""

    kind: ClassVar[str] = "kept"
    what: str
    name: str
    reason: str
