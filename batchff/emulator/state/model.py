"""What the store keeps: pools, nodes, jobs, tasks and more, one frozen value for each row.

Times are ticks (see `times`). `key` is the id without case: ids keep their case and are compared
without it. `document` is what the client sent, with the service's defaults filled in; what the
service itself adds or changes is in the other fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from batchff.emulator.state.states import (
    AllocationState,
    AuxiliaryState,
    Deallocation,
    JobScheduleState,
    JobState,
    NodeState,
    PoolState,
    PreparationStatus,
    Result,
    Scheduling,
    TaskState,
)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: a `TaskFailureInformation`."""

    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()
    category: str = "UserError"

    def document(self) -> Document:
        """Write it as the service does: there are always details, if only the message again."""
        details = self.details or (("Message", self.message),)
        return {
            "category": self.category,
            "code": self.code,
            "message": self.message,
            "details": [{"name": name, "value": value} for name, value in details],
        }


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool."""

    key: str
    id: str
    document: Document
    state: PoolState
    state_time: int
    allocation_state: AllocationState
    allocation_time: int
    created: int
    modified: int
    target_dedicated: int
    target_low_priority: int
    deallocation: Deallocation = Deallocation.REQUEUE
    resize_errors: list[Document] = field(default_factory=list)
    autoscale_due: int | None = None
    """When the formula is worked out next; None where the pool doesn't scale itself."""
    autoscale_enabled: int | None = None
    """When it was last asked to scale itself."""
    autoscale_run: Document | None = None
    seq: int = 0

    @property
    def autoscales(self) -> bool:
        """Whether a formula sets its targets."""
        return bool(self.document["enableAutoScale"])

    @property
    def slots_per_node(self) -> int:
        """How many task slots each node has."""
        return int(self.document["taskSlotsPerNode"])


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a pool."""

    pool: int
    """The pool's `seq`."""
    id: str
    dedicated: bool
    state: NodeState
    state_time: int
    allocated: int
    booted: int
    start_task: Document | None = None
    start_task_info: Document | None = None
    tasks_run: int = 0
    tasks_succeeded: int = 0
    scheduling: Scheduling = Scheduling.ENABLED
    returns: int | None = None
    """When a node that is taken away comes back."""
    seq: int = 0

    @property
    def is_taken_away(self) -> bool:
        """Whether it's preempted, or unusable because it will be."""
        return self.returns is not None


@dataclass(frozen=True, slots=True)
class Job:
    """A job."""

    key: str
    id: str
    pool: str
    """The pool's `key`; the pool may be gone."""
    document: Document
    state: JobState
    state_time: int
    created: int
    modified: int
    priority: int
    previous_state: JobState | None = None
    previous_state_time: int | None = None
    deadline: int | None = None
    """When the job's maxWallClockTime is over."""
    ended: int | None = None
    terminate_reason: str | None = None
    auto_pool: str | None = None
    """The id of the pool that was made for it, or for its schedule."""
    schedule: int | None = None
    """The `seq` of the schedule that made it."""
    seq: int = 0

    @property
    def preparation(self) -> Document | None:
        """Its job preparation task, if it has one."""
        return self.document.get("jobPreparationTask")

    @property
    def release(self) -> Document | None:
        """Its job release task, if it has one."""
        return self.document.get("jobReleaseTask")

    @property
    def manager(self) -> Document | None:
        """Its JobManagerTask, if it has one."""
        return self.document.get("jobManagerTask")

    def is_managed_by(self, task: Task) -> bool:
        """Tell whether a task of it is its job manager task."""
        return self.manager is not None and task.key == self.manager["id"].lower()


@dataclass(frozen=True, slots=True)
class JobSchedule:
    """A schedule that makes jobs, one at a time."""

    key: str
    id: str
    document: Document
    state: JobScheduleState
    state_time: int
    created: int
    modified: int
    next_run: int | None
    """When its next job is due; None where none will be."""
    last_run: int | None = None
    """When its last job was due."""
    jobs: int = 0
    """How many jobs it has made: the last is called `job-` and this number."""
    previous_state: JobScheduleState | None = None
    previous_state_time: int | None = None
    ended: int | None = None
    auto_pool: str | None = None
    """The id of the pool that was made for all of its jobs."""
    seq: int = 0

    @property
    def recent_job(self) -> str | None:
        """The id of the job that it made last."""
        return f"{self.id}:job-{self.jobs}" if self.jobs else None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a job."""

    job: int
    """The job's `seq`."""
    key: str
    id: str
    document: Document
    state: TaskState
    state_time: int
    created: int
    modified: int
    required_slots: int
    previous_state: TaskState | None = None
    previous_state_time: int | None = None
    pool: str | None = None
    node: str | None = None
    started: int | None = None
    ended: int | None = None
    exit_code: int | None = None
    result: Result | None = None
    failure: Document | None = None
    retries: int = 0
    last_retry: int | None = None
    requeues: int = 0
    last_requeue: int | None = None
    expires: int | None = None
    """When the task's directory is deleted from its node."""
    waits: int = 0
    """How many of its `Dependency` rows are left; it is scheduled once there is none."""
    number: int | None = None
    """The id as a number, where it is one: what ranges of ids are about."""
    satisfied: bool = False
    """Whether tasks that depend on it may go on."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a task still waits for: one task by its id, or a range of ids that are numbers."""

    job: int
    """The job's `seq`."""
    task: int
    """The `seq` of the task that waits."""
    key: str | None = None
    """The key of the task that is waited for."""
    first: int | None = None
    """Where the range begins."""
    last: int | None = None
    """Where it ends now: its highest number that isn't satisfied."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Preparation:
    """A job's preparation task on one node, and its release task there; outlives the node."""

    job: int
    """The job's `seq`."""
    pool: str
    """The pool's id."""
    node: str
    state: AuxiliaryState
    started: int
    standing: PreparationStatus = PreparationStatus.CURRENT
    ended: int | None = None
    exit_code: int | None = None
    result: Result | None = None
    failure: Document | None = None
    retries: int = 0
    last_retry: int | None = None
    expires: int | None = None
    """When the preparation task's directory is deleted from the node."""
    release_state: AuxiliaryState | None = None
    release_started: int | None = None
    release_ended: int | None = None
    release_exit_code: int | None = None
    release_result: Result | None = None
    release_failure: Document | None = None
    release_expires: int | None = None
    seq: int = 0
