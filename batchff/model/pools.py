"""Pools and their nodes: what is asked for, and what the service has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from batchff.model.node_ffmpeg import FfmpegSource
from batchff.model.tasks import ResourceFile

if TYPE_CHECKING:
    from batchff.model.pool_facts import PoolFacts


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """What is asked of a pool.

    `nodes` are dedicated ones, `max_nodes` counts them and the Spot nodes together; 0 means no more
    than these. `slots` is how many tasks a node runs at a time. `image` is `auto` or
    `publisher:offer:sku`, perhaps with `:version`. With `fallback`, dedicated nodes take over where
    Spot nodes don't come or don't stay. `subnet` and `identity` are resource ids. Tasks run in
    `container_image`, or else on the node. `ffmpeg` says where their ffmpeg is from;
    `ffmpeg_version` is known of the bundled one alone.
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
    ffmpeg: str = FfmpegSource.APT.value
    ffmpeg_url: str = field(default="", repr=False)
    ffmpeg_sha256: str = ""
    ffmpeg_version: str = ""

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

    `since` is when it came to its state, `allocated` when the service gave it to the pool, `ready`
    when its start task had ended.
    """

    id: str
    state: str
    start_task_failure: str = ""
    spot: bool = False
    running_tasks: int = 0
    since: datetime | None = None
    errors: tuple[str, ...] = ()
    allocated: datetime | None = None
    ready: datetime | None = None


GAVE_UP = "hasGivenUp"
"""The variable of batchff's formulas that becomes `FormulaRun.gave_up`."""


@dataclass(frozen=True, slots=True)
class FormulaRun:
    """The result of a pool's formula when the service last worked it out; None is unknown.

    With `gave_up` it took the nodes away because tasks waited and none could run.
    """

    time: datetime
    nodes: int | None
    spot: int | None
    error: str = ""
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """A pool as the service sees it now.

    `batchff` is what batchff wrote into its metadata, None for a pool of another program.
    `spot_nodes` counts the current nodes that are Spot nodes, preempted ones as well.
    """

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
    target_spot: int = 0
    created: datetime | None = None
    etag: str = ""
    image: str = ""
    formula_run: FormulaRun | None = None
    batchff: PoolFacts | None = None

    @property
    def dedicated_nodes(self) -> int:
        """How many of the current nodes are dedicated ones."""
        return self.current_nodes - self.spot_nodes

    @property
    def target_dedicated(self) -> int:
        """How many dedicated nodes are asked for."""
        return self.target_nodes - self.target_spot
