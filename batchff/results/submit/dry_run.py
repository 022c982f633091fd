"""The result of `batchff submit --dry-run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from batchff.model.estimates import Estimate
from batchff.model.jobs import NotEncoded
from batchff.results import Result


@dataclass(frozen=True, slots=True)
class ToUpload:
    """The files that aren't in the input container yet."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Pool:
    """The nodes that the pool may have; of a pool of another program, those that it has.

    `state` is empty for a pool that is still to be made.
    """

    id: str
    state: str
    vm_size: str
    nodes: int
    spot: int
    max_nodes: int
    slots: int
    scales_to_zero: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the job, its wait for nodes, and an attempt at a task may take."""

    job_seconds: float
    queue_seconds: float
    task_seconds: float
    tries: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a node costs an hour, and the most that the submit can cost.

    `hourly` is for all nodes, `hours` how long they can exist. An amount is None where a price is
    missing, or where nothing ends the nodes; `hours` is None there.
    """

    currency: str
    node_hour: float | None
    spot_node_hour: float | None
    hourly: float | None
    hours: float | None
    most: float | None
    missing_prices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """A long film: it's encoded in so many `chunks`; in none, for a `reason`, if as a whole."""

    file: str
    chunks: int
    reason: str


@dataclass(frozen=True, slots=True)
class DryRun(Result):
    """What a submit would do. `job_state` is empty for a job that is still to be made.

    `tasks_standing` is how many of its tasks the job has already. `source` is the address of media
    that is in storage already, without a SAS; `outputs_at` is where the outputs would be. They stay
    there unless the submit `downloads` them. Nothing can be made of files that are `not_encoded`.
    Files that earlier jobs encoded are `done_before`, and get no task. `reasons` counts why the
    other tasks run: new, changed source, other arguments, other ffmpeg, outputs gone, asked for.
    Where nothing is left to make, there is no job. `films` are long ones: cut, or not for a reason.
    With an `estimate`, pieces were encoded to tell what it's likely to come to.
    """

    command: ClassVar[str] = "submit"
    job: str
    job_state: str
    input_set: str
    files: int
    bytes: int
    left_out: Mapping[str, int]
    upload: ToUpload
    tasks: int
    outputs: int
    tasks_standing: int
    pool: Pool
    limits: Limits
    cost: Cost
    source: str
    outputs_at: str
    downloads: bool
    not_encoded: tuple[NotEncoded, ...]
    done_before: int
    reasons: Mapping[str, int]
    films: tuple[Film, ...] = ()
    estimate: Estimate | None = None
    submitted: bool = field(default=False, init=False)
