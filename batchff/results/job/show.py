"""The result of `batchff job show`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from batchff.model.jobs import NotEncoded, TaskCounts
from batchff.model.measured import KeptSource, MeasuredQuality
from batchff.results import Result


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the job, and an attempt at a task, may take, and how many attempts there are.

    A limit is None where there is none. `tries` is 0 where there is no limit (`retries` is -1).
    """

    job_seconds: float | None
    task_seconds: float | None
    tries: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed; `preset` is its own where its file has several tasks.

    With `input_at_fault`, ffmpeg can't do it with this input; with `arguments_at_fault`, with none.
    """

    task: str
    file: str
    reason: str
    exit_code: int | None
    input_at_fault: bool
    arguments_at_fault: bool = False
    preset: str = ""
    node: str = ""
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A task that never runs, because it waits for one that failed."""

    task: str
    file: str


@dataclass(frozen=True, slots=True)
class NodeSeconds:
    """The tasks' share of their nodes' time."""

    dedicated: float
    spot: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What the nodes' time costs by the profile's prices."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a node measured of a file's output; None where no quality was asked for.

    Where the source is `kept`, the output wasn't smaller by the share that was asked for.
    """

    file: str
    quality: MeasuredQuality | None
    kept: KeptSource | None


@dataclass(frozen=True, slots=True)
class JobShow(Result):
    """A job, its tasks, and what it used. `retries` are the jobs that encode again what failed.

    `source` is the address of media that batchff didn't upload, without a SAS; `outputs_at` is that
    of the outputs, `logs_at` that of the logs, in a folder for each task. `arguments` are the runs
    of ffmpeg of each recipe, on `{input}`; none where they aren't known any more. `ffmpeg` is the
    version of the nodes' ffmpeg, and `ffmpeg_source` where they have it from; None where that isn't
    known. `measured` is what nodes measured, where a quality or a smaller size was asked for.
    `node_seconds` is None where nobody knows any more how many tasks shared a node.
    """

    command: ClassVar[str] = "job show"
    job: str
    state: str
    batchff: bool
    pool: str
    pool_exists: bool
    pool_gave_up: bool
    preset: str | None
    ffmpeg: str | None
    ffmpeg_source: str | None
    made: datetime
    ended: datetime | None
    reason: str | None
    priority: int
    limits: Limits
    files: int
    not_encoded: tuple[NotEncoded, ...]
    outputs: int
    done_before: int
    tasks: TaskCounts
    tasks_to_add: int
    failures: tuple[Failure, ...]
    retries: tuple[str, ...]
    unreachable: tuple[Unreachable, ...]
    task_seconds: float
    node_seconds: NodeSeconds | None
    earlier_attempts: int
    vm_size: str
    cost: Cost | None
    source: str
    outputs_at: str
    logs_at: str
    arguments: tuple[tuple[str, ...], ...]
    measured: tuple[Measured, ...]
