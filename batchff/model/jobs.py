"""Jobs and their tasks, as the service has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from batchff.model.job_facts import JobFacts


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as the service sees it now.

    `batchff` is what batchff wrote into its metadata, None for a job of another program.
    `max_wall_clock` is None where nothing limits it. `max_task_retries` of -1 is without limit. One
    that `ends_after_tasks` gets no more of them, and completes with the last.
    """

    id: str
    state: str
    pool_id: str
    metadata: Mapping[str, str]
    created: datetime
    termination_reason: str = ""
    ended: datetime | None = None
    priority: int = 0
    max_wall_clock: timedelta | None = None
    max_task_retries: int = 0
    uses_dependencies: bool = False
    ends_after_tasks: bool = False
    etag: str = ""
    batchff: JobFacts | None = None


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """A task as the service sees it now.

    `name` is the relative path of the file it encodes. `succeeded` is None until it is completed.
    `failure` is the service's own reason, where it gave one. `node`, `started` and `ended` are of
    its last attempt; `node` is empty for none.
    """

    id: str
    name: str
    state: str
    succeeded: bool | None
    changed: datetime
    exit_code: int | None = None
    failure: str = ""
    retries: int = 0
    node: str = ""
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskRun:
    """A task's last attempt: when and where it ran, and how many attempts came before.

    `slots` is how many of its node's it takes.
    """

    status: TaskStatus
    node: str
    started: datetime | None
    ended: datetime | None
    earlier_attempts: int
    slots: int


@dataclass(frozen=True, slots=True)
class TaskWork:
    """How much a task is to encode: seconds of media where that's known, and the source's bytes.

    `preset` is the task's, where its file has several tasks; `part` is what of the file it's for,
    in words, where that's cut into chunks.
    """

    file: str
    seconds: float | None
    bytes: int
    preset: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """A task that hasn't started, and what it comes after: tasks by id, and ranges of numbers.

    A range is its first and last number, for the tasks whose ids are numbers.
    """

    id: str
    name: str
    after: tuple[str, ...] = ()
    after_ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks of a job are in which state."""

    active: int
    running: int
    succeeded: int
    failed: int

    @property
    def total(self) -> int:
        """How many tasks the job has."""
        return self.active + self.running + self.succeeded + self.failed

    @property
    def unfinished(self) -> int:
        """How many tasks haven't ended."""
        return self.active + self.running


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A task that failed: the file, why, and the lines of ffmpeg's log that say so.

    With `input_at_fault`, ffmpeg can't encode this input so: another attempt would fail as well.
    With `arguments_at_fault`, it refuses its arguments, whatever the input. `preset` is the task's,
    where its file has several tasks. `node`, `started` and `ended` are of its last attempt, empty
    and None where it never ran.
    """

    task: str
    file: str
    reason: str
    exit_code: int | None
    log: tuple[str, ...]
    input_at_fault: bool = False
    arguments_at_fault: bool = False
    preset: str = ""
    node: str = ""
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotEncoded:
    """A file that isn't encoded, and why: nothing can be made of it.

    One that is encoded `is_partly` only lacks some of what was asked for. One that
    `is_salvageable` is only cut off or damaged: --salvage makes something of it.
    """

    file: str
    reason: str
    is_partly: bool = False
    is_salvageable: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a node said of a file that is encoded; one that `is_salvaged` was cut off or damaged."""

    file: str
    words: tuple[str, ...]
    is_salvaged: bool = False


@dataclass(frozen=True, slots=True)
class SameFailure:
    """All tasks of a preset that have ended, where all failed with the same words.

    They failed as that of `file` did, with its `reason` and `log`; `looked_at` is of how many
    `tasks` the words are known. `preset` is empty where a file has one task. With
    `arguments_at_fault`, ffmpeg refuses its arguments, so that the others would fail as well. With
    `stopped`, the job was ended for that.
    """

    preset: str
    tasks: int
    looked_at: int
    file: str
    reason: str
    log: tuple[str, ...]
    arguments_at_fault: bool
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class TaskTotals:
    """How many tasks of a job succeeded, failed, and never ran."""

    succeeded: int = 0
    failed: int = 0
    unfinished: int = 0


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended.

    `succeeded`, `failed` and `unfinished` count files where `batchff` made the job: those encoded,
    those with a task that failed, and those with a task that never ran. In other jobs they count
    tasks. `tasks` counts tasks in both. `outputs` is how many were made. Of the tasks that never
    ran, `unreachable` ones never can: they wait behind one that failed. `retries` are the jobs that
    encoded again what failed in this one; all that they did counts here. `alike` are the presets
    all of whose tasks failed with the same words. Files that are `not_encoded` never had a task;
    they count as failed. `lacking` is how many files there are whose outputs lack something of
    their source. `told` is what nodes said of files that are encoded. Files that earlier jobs
    encoded are `done_before`, and not among the others.
    """

    job: str
    succeeded: int
    failed: int
    unfinished: int
    failures: tuple[FailedTask, ...]
    unreachable: int = 0
    batchff: bool = True
    retries: tuple[str, ...] = ()
    tasks: TaskTotals = TaskTotals()
    outputs: int = 0
    alike: tuple[SameFailure, ...] = ()
    not_encoded: tuple[NotEncoded, ...] = ()
    lacking: int = 0
    told: tuple[Told, ...] = ()
    done_before: int = 0

    @property
    def all_succeeded(self) -> bool:
        """Whether nothing failed, and nothing is left to run."""
        return not self.failed and not self.unfinished
