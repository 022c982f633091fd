"""The facts that one stage hands to the next; all of them immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """A media file on this machine.

    `relative` is its path below the folder that was given, with `/` between the parts;
    `modified_ns` is its modification time in nanoseconds since the epoch.
    """

    path: Path
    relative: str
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a job: where it comes from, the task that encodes it, where its output goes."""

    relative: str
    size: int
    input_blob: str
    task_id: str
    output_relative: str
    output_blob: str


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A blob as a listing shows it; `md5` is its stored Content-MD5, where it has one."""

    name: str
    size: int
    modified: datetime
    md5: bytes | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""


@dataclass(frozen=True, slots=True)
class ContainerInfo:
    """A container; what becomes of the blobs in it doesn't change its `etag` and `modified`."""

    name: str
    modified: datetime
    etag: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """What is asked of a pool.

    `nodes` are dedicated ones, `max_nodes` counts them and the Spot nodes together; 0 means no more
    than these. `slots` is how many tasks a node runs at a time. `image` is `auto` or
    `publisher:offer:sku`, perhaps with `:version`. With `fallback`, dedicated nodes take over where
    Spot nodes don't come or don't stay. `subnet` and `identity` are resource ids. Tasks run in
    `container_image`, or else with the ffmpeg of `ffmpeg_url`, or else with the image's own one.
    """

    vm_size: str
    nodes: int
    spot: int
    slots: int
    image: str
    max_nodes: int = 0
    fallback: bool = True
    container_image: str = ""
    subnet: str = ""
    identity: str = ""
    ffmpeg_url: str = field(default="", repr=False)
    ffmpeg_sha256: str = ""

    @property
    def most_nodes(self) -> int:
        """The most nodes that the pool ever has, of both kinds together."""
        return self.max_nodes or self.nodes + self.spot


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the service can make nodes of.

    `agent` is the id of the node agent that goes with it. `end_of_life` is when the service's
    support of it ends, where that is known.
    """

    publisher: str
    offer: str
    sku: str
    version: str
    agent: str
    verified: bool
    capabilities: tuple[str, ...] = ()
    end_of_life: datetime | None = None

    @property
    def name(self) -> str:
        """The image as `publisher:offer:sku`."""
        return f"{self.publisher}:{self.offer}:{self.sku}"


@dataclass(frozen=True, slots=True)
class StartTask:
    """What each node runs before it takes tasks, with an administrator's rights if `admin`."""

    command_line: str
    admin: bool
    resource_files: tuple[ResourceFile, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool to ask for: its specification, and what was worked out of it.

    The service works `formula` out at once and then once in each `interval`.
    """

    id: str
    spec: PoolSpec
    image: Image
    formula: str
    interval: timedelta
    start_task: StartTask | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A node, why its start task failed where it did, and what the service says is wrong with it.

    `since` is when it came to its state.
    """

    id: str
    state: str
    start_task_failure: str = ""
    spot: bool = False
    running_tasks: int = 0
    since: datetime | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormulaRun:
    """What a pool's formula came to when the service last worked it out; None is unknown."""

    time: datetime
    nodes: int | None
    spot: int | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """A pool as the service sees it now; `metadata` carries batchff's stamp."""

    id: str
    state: str
    allocation_state: str
    vm_size: str
    current_nodes: int
    target_nodes: int
    autoscaled: bool
    resize_errors: tuple[str, ...]
    metadata: Mapping[str, str]
    slots: int = 1
    spot_nodes: int = 0
    """How many of the current nodes are Spot nodes; preempted ones are counted."""
    target_spot: int = 0
    created: datetime | None = None
    etag: str = ""
    image: str = ""
    formula_run: FormulaRun | None = None

    @property
    def dedicated_nodes(self) -> int:
        """How many of the current nodes are dedicated ones."""
        return self.current_nodes - self.spot_nodes

    @property
    def target_dedicated(self) -> int:
        return self.target_nodes - self.target_spot


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as the service sees it now; `metadata` carries what later commands need.

    `max_wall_clock` is None where nothing limits it. `max_task_retries` of -1 is without limit.
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
    etag: str = ""


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """A task as the service sees it now.

    `name` is the relative path of the file it encodes. `succeeded` is None until it is completed.
    `failure` is the service's own reason, where it gave one.
    """

    id: str
    name: str
    state: str
    succeeded: bool | None
    changed: datetime
    exit_code: int | None = None
    failure: str = ""
    retries: int = 0


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
    """How many tasks of a job stand where."""

    active: int
    running: int
    succeeded: int
    failed: int

    @property
    def total(self) -> int:
        return self.active + self.running + self.succeeded + self.failed

    @property
    def unfinished(self) -> int:
        return self.active + self.running


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A task that failed: the file, why, and the last lines that ffmpeg said."""

    task: str
    file: str
    reason: str
    exit_code: int | None
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended: `unfinished` tasks are those that never ran.

    Of them, `unreachable` ones never can, as they wait behind one that failed. `encodes` says
    whether the job is batchff's, so that a task that succeeded has encoded a file.
    """

    job: str
    succeeded: int
    failed: int
    unfinished: int
    failures: tuple[FailedTask, ...]
    unreachable: int = 0
    encodes: bool = True

    @property
    def all_succeeded(self) -> bool:
        return not self.failed and not self.unfinished


@dataclass(frozen=True, slots=True)
class ResourceFile:
    """What a node fetches before a task runs; `path` is below the task's directory.

    `url` may carry a SAS, so it isn't shown. With `identity`, a resource id, it carries none.
    """

    path: str
    url: str = field(repr=False)
    identity: str = ""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """What a node sends to a container when a task ended.

    `blob` is the blob's name or, where `pattern` has a wildcard, what the names begin with.
    `condition` is the service's term: tasksuccess, taskfailure or taskcompletion. With `identity`,
    a resource id, the container's URL carries no SAS.
    """

    pattern: str
    blob: str
    condition: str
    container_url: str = field(repr=False)
    identity: str = ""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task to add. `name` is free text; the command line is plain words.

    `time_limit` is for each attempt; `retries` counts the attempts after the first, which the
    service makes after any nonzero exit code. It runs in `container_image`, or else on the node.
    """

    id: str
    name: str
    command_line: str
    resource_files: tuple[ResourceFile, ...]
    output_files: tuple[OutputFile, ...]
    time_limit: timedelta
    retries: int = 0
    container_image: str = ""
