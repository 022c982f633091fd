"""What is known of a job and its retries as a whole: its files, nodes, stages and figures.

A file is not a task is not an output: each is counted by its own name. Times and sizes that nobody
knows are None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from batchff.model.measured import KeptSource, MeasuredQuality


class FileState(StrEnum):
    """What became of a file."""

    ENCODED = "encoded"
    KEPT = "kept"
    """Its source is kept, as no output is smaller."""
    PARTLY = "partly encoded"
    """Nothing could be made of it in some of the ways that were asked for."""
    FAILED = "failed"
    NOT_ENCODED = "not encoded"
    """Nothing can be made of it, so it has no task."""
    DONE_BEFORE = "done before"
    """An earlier job made all of it."""
    RUNNING = "running"
    WAITING = "waiting"
    NEVER_RAN = "never ran"
    """Its job ended before."""


FAILED_STATES = (FileState.FAILED, FileState.NOT_ENCODED, FileState.PARTLY)
"""Files in one of these count as failed."""


@dataclass(frozen=True, slots=True)
class ReportedOutput:
    """An output: its path below the output folder, its size, and where it is in storage."""

    file: str
    bytes: int | None
    address: str


@dataclass(frozen=True, slots=True)
class ReportedTask:
    """A task's last attempt; `seconds` is how long it took, `speed` how many times real time.

    `preset` is its own where its file has several tasks; `attempts` counts all that were started.
    Its logs are in the folder of its id, at `logs_at` of the job. `quality` is what its node
    measured, where a quality was asked for; `kept` has the sizes where the source is kept.
    """

    task: str
    job: str
    preset: str
    state: str
    node: str
    started: datetime | None
    ended: datetime | None
    seconds: float | None
    speed: float | None
    attempts: int
    exit_code: int | None
    outputs: tuple[ReportedOutput, ...]
    quality: MeasuredQuality | None = None
    kept: KeptSource | None = None


@dataclass(frozen=True, slots=True)
class ReportedFile:
    """A file of the job with all that became of it; `seconds` is its own length.

    One that failed says why in `reason`, what to do in `advice`, and what ffmpeg said last in
    `log`. `told` is what its node said of it though it's encoded, `lacks` what of it isn't in the
    outputs. `done_outputs` were made by earlier jobs.
    """

    file: str
    state: FileState
    bytes: int | None
    seconds: float | None
    tasks: tuple[ReportedTask, ...]
    reason: str = ""
    advice: str = ""
    log: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    is_salvaged: bool = False
    lacks: tuple[str, ...] = ()
    done_outputs: tuple[ReportedOutput, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether it counts as failed."""
        return self.state in FAILED_STATES

    @property
    def qualities(self) -> tuple[MeasuredQuality, ...]:
        """The qualities that were measured of the outputs that it has."""
        return tuple(
            task.quality for task in self.tasks if task.quality is not None and task.kept is None
        )

    @property
    def is_kept(self) -> bool:
        """Whether the source is kept, as no output is smaller."""
        return is_kept(self.tasks)

    @property
    def outputs(self) -> tuple[ReportedOutput, ...]:
        """The outputs that are there; where the source is kept, none is."""
        made = tuple(each for task in self.tasks if task.kept is None for each in task.outputs)
        return tuple(each for each in (*made, *self.done_outputs) if each.bytes is not None)

    @property
    def bytes_out(self) -> int | None:
        """The size of its outputs; None where there is none."""
        return sum(each.bytes or 0 for each in self.outputs) if self.outputs else None


def is_kept(tasks: Sequence[ReportedTask]) -> bool:
    """Return whether none of a file's tasks made an output that is smaller."""
    ended = [task for task in tasks if task.outputs]
    return bool(ended) and all(task.kept is not None for task in ended)


class Phase(StrEnum):
    """What a node does."""

    BOOT = "boot"
    ENCODE = "encode"
    IDLE = "idle"
    UNKNOWN = "unknown"
    """It was there for some of the time, and nobody knows whether it worked."""
    PREEMPTED = "preempted"


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a node did one thing; `tasks` began in it, `failed` of them failed."""

    phase: Phase
    started: datetime
    ended: datetime
    tasks: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class ReportedNode:
    """A node's time, as far as this job used it; its spans go on up to `until`.

    It is counted from when the node was `allocated`, or from its first task where that isn't known,
    or was before this job. With several slots a node runs tasks at a time: `encode_seconds` is when
    at least one ran. `cost` is by the profile's prices, None where they don't say it. Of one that
    was away, `unknown_seconds` are before that; neither they nor what follows cost anything here.
    One that is `preempted` hasn't come back since.
    """

    node: str
    spot: bool
    allocated: datetime | None
    ready: datetime | None
    until: datetime
    tasks: int
    failed: int
    boot_seconds: float | None
    encode_seconds: float
    idle_seconds: float
    cost: float | None
    spans: tuple[Span, ...]
    unknown_seconds: float = 0.0
    preempted: datetime | None = None


class Stage(StrEnum):
    """The stages of a submit that take time."""

    UPLOAD = "upload"
    BOOT = "boot"
    ENCODE = "encode"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class Part:
    """A time in which a stage went on."""

    started: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class ReportedStage:
    """When a stage began and ended, and the size of what it was of.

    `count` is of files where they are uploaded or encoded, of nodes where they boot, of outputs
    where they are downloaded. A retry has stages of its own: `job` says whose one is. One with a
    pause in it has `parts`.
    """

    stage: Stage
    started: datetime
    ended: datetime
    count: int
    bytes: int | None
    job: str
    parts: tuple[Part, ...] = ()

    @property
    def times(self) -> tuple[Part, ...]:
        """When it went on, without its pauses."""
        return self.parts or (Part(self.started, self.ended),)

    @property
    def seconds(self) -> float:
        """How long it took, without its pauses."""
        return sum((each.ended - each.started).total_seconds() for each in self.times)


@dataclass(frozen=True, slots=True)
class Figures:
    """The job in figures; `seconds` is how long it and its retries went on, up to now.

    `files` is the sum of `encoded`, `kept`, `failed`, `done_before` and `unfinished`; of the
    `failed`, `partly` were made in some of the ways that were asked for; of `kept` ones the source
    is kept, as no output is smaller. `media_seconds` is the length of what tasks encoded, of a file
    with several presets by each of them; `speed` is how many times real time that is of the time in
    which tasks ran. `bytes_in` and `bytes_out` are of all files of which this job made something.
    `node_seconds` is the nodes' time, without that of `earlier_attempts`, where a node ran nothing
    else: the service doesn't keep their times. `cost` is None where no price is known, or there is
    none to pay.
    """

    files: int
    encoded: int
    kept: int
    failed: int
    partly: int
    done_before: int
    unfinished: int
    outputs: int
    tasks: int
    seconds: float
    media_seconds: float | None
    speed: float | None
    bytes_in: int
    bytes_out: int
    node_seconds: float
    earlier_attempts: int
    cost: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class Commands:
    """What ran of each file by one preset: shell lines of ffmpeg, on a file called INPUT.

    `variants` counts the recipes that this preset became, as files differ; the lines are of one.
    """

    preset: str
    lines: tuple[str, ...]
    variants: int


@dataclass(frozen=True, slots=True)
class HowMade:
    """How the job was made: the `command` line, empty where that isn't known, and its settings."""

    command: str
    arguments: tuple[Commands, ...]
    batchff: str
    ffmpeg: str
    ffmpeg_source: str
    vm_size: str
    slots: int
    pool: str
    pool_exists: bool
    tries: int
    task_seconds: float
    source: str
    outputs_at: str
    logs_at: str


@dataclass(frozen=True, slots=True)
class JobHistory:
    """A job and its retries, as they were at `as_of`. One that `is_over` changes no more.

    `name` is what its sources are called together. `saved_seconds` is how much less time the
    stages took together than one after the other.
    """

    job: str
    name: str
    state: str
    is_over: bool
    why_ended: str
    preset: str
    made: datetime | None
    ended: datetime | None
    as_of: datetime
    retries: tuple[str, ...]
    figures: Figures
    files: tuple[ReportedFile, ...]
    nodes: tuple[ReportedNode, ...]
    stages: tuple[ReportedStage, ...]
    saved_seconds: float
    how: HowMade
    notes: tuple[str, ...]
    """What isn't known, and why."""

    @property
    def failed_files(self) -> tuple[ReportedFile, ...]:
        """The files that count as failed."""
        return tuple(each for each in self.files if each.has_failed)
