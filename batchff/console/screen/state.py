"""What a live screen shows: a frozen state, and what each event makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from batchff.console.screen.transfers import Transfer
from batchff.events.jobs import CountsChanged
from batchff.events.pools import NodeTerms
from batchff.model.jobs import TaskWork
from batchff.model.states import NODE_BROKEN, NODE_READY, NodeState

AWAY = frozenset({NodeState.PREEMPTED, NodeState.DEALLOCATED, NodeState.DEALLOCATING})
"""A node in one of these was taken away, and may come back."""

LEAVING = frozenset({NodeState.LEAVING_POOL, NodeState.OFFLINE})
BROKEN = NODE_BROKEN
READY = NODE_READY


@dataclass(frozen=True, slots=True)
class Running:
    """A task on a node. Times are in seconds of the screen's clock.

    `fraction` is how far it was `at` a time, and `shown` how far it was drawn at most; a task that
    `is_checking` has made its outputs. `started` is by the service's clock. One that runs
    `is_again` was lost with its node before.
    """

    task: str
    file: str
    node: str
    began: float
    seconds: float | None = None
    fraction: float | None = None
    speed: float | None = None
    fps: float | None = None
    at: float = 0.0
    is_checking: bool = False
    shown: float = 0.0
    started: datetime | None = None
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A node, `seen` first at a time, in its state `since` another; `number` is its short name."""

    id: str
    number: int
    state: str
    spot: bool
    seen: float
    since: float

    @property
    def is_booting(self) -> bool:
        """Whether it's on its way to take tasks."""
        return self.state not in {*READY, *AWAY, *LEAVING, *BROKEN}


@dataclass(frozen=True, slots=True)
class Pool:
    """The nodes, by their ids; `boots` are how many seconds the latest took, `spent` what nodes
    that are gone cost."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    numbered: int = 0
    boots: tuple[float, ...] = ()
    preemptions: int = 0
    terms: NodeTerms | None = None
    gone_hours: tuple[float, float] = (0.0, 0.0)
    """Of dedicated and of Spot nodes."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the job is to encode, and how much of it has ended.

    `total` and `ended` are in the unit of weights: seconds of media, or bytes, or tasks, whichever
    is known of all. `encoded` is in seconds of media, where these are known.
    """

    tasks: Mapping[str, TaskWork] = field(default_factory=dict)
    unit: str = "tasks"
    total: float = 0.0
    ended: float = 0.0
    ended_tasks: int = 0
    encoded: float = 0.0
    made_by: Mapping[str, str] = field(default_factory=dict)
    """The task that makes an output, by its path."""
    outputs_of: Mapping[str, int] = field(default_factory=dict)
    """How many outputs a task makes."""
    to_make: Mapping[str, float] = field(default_factory=dict)
    """By presets, the weight of all outputs; what failed isn't among them any more."""
    longest: tuple[str, ...] = ()
    """The longest tasks that haven't ended, in their order."""
    speeds: tuple[float, ...] = ()
    """Of the latest tasks that succeeded, in units of weight in a second of their node's time."""

    def weight(self, task: str) -> float:
        """Return how much a task counts for."""
        work = self.tasks.get(task)
        if work is None or self.unit == "tasks":
            return 1.0
        return (work.seconds or 0.0) if self.unit == "seconds" else float(work.bytes)


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that failed, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many files failed, in the words for the first of them, and the first names."""

    words: str
    count: int = 0
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How much was encoded at times: of late, and the speeds that a line of levels shows."""

    samples: tuple[tuple[float, float, float], ...] = ()
    """When, and how much of the work and how many seconds of media were done then."""
    levels: tuple[float, ...] = ()
    leveled: float = 0.0
    end: float | None = None
    """When the job will be over, as the estimates of late say together."""


@dataclass(frozen=True, slots=True)
class ScreenState:
    """All that a screen shows; `advance` in `changes` makes the next one of it and an event."""

    began: float
    job: str = ""
    source: str = ""
    preset: str = ""
    files: int = 0
    bytes: int = 0
    is_ours: bool = True
    """Whether batchff made the job, so that files are counted."""
    is_from_its_beginning: bool = False
    """Whether this process made the pool, so that all that it costs is seen."""
    is_new_job: bool = False
    """Whether this process made the job, so that nothing of it was done before."""
    sends: bool = False
    downloads: bool = False
    """What this command does of the job, once its work is planned."""
    wall: float | None = None
    """The time of day at the screen's zero, in seconds since the epoch; None where unknown."""
    inspect: Transfer | None = None
    ffmpeg: Transfer | None = None
    upload: Transfer | None = None
    download: Transfer | None = None
    got: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    """By presets, the bytes and the weight of the outputs that are downloaded."""
    counts: CountsChanged | None = None
    encode_began: float | None = None
    encode_ended: float | None = None
    work: Work = Work()
    running: Mapping[str, Running] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    """Tasks that ran until their node, of this id, was lost; they wait to start again."""
    pool: Pool = Pool()
    pace: Pace = Pace()
    failures: tuple[Failure, ...] = ()
    """The latest."""
    failed: int = 0
    not_sent: frozenset[str] = frozenset()
    """Files of which nothing can be made; they have no task."""
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    """By their words without numbers."""
    note: str = ""
    note_is_warning: bool = False
    noted: float = 0.0

    @property
    def is_job(self) -> bool:
        """Whether a job is shown, and not only files that are moved or looked into."""
        return self.counts is not None or bool(self.work.tasks)

    def when(self, moment: datetime | None, now: float) -> float:
        """Return when a moment of the service's clock was by the screen's; `now` where unknown."""
        if moment is None or self.wall is None:
            return now
        return min(moment.timestamp() - self.wall, now)

    def with_note(self, words: str, now: float, *, is_warning: bool = False) -> ScreenState:
        """Return the state with a line of words."""
        return replace(self, note=words, noted=now, note_is_warning=is_warning)
