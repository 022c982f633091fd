"""What the store keeps: pools, nodes, jobs, tasks and more, one frozen value for each row.

Times are ticks (see `times`). `key` is the id without case: ids keep their case and are compared
without it. `document` is what the client sent, with the service's defaults filled in; what the
service itself adds or changes stands in the other fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Document = dict[str, Any]


class PoolState(StrEnum):
    ACTIVE = "active"
    DELETING = "deleting"


class AllocationState(StrEnum):
    STEADY = "steady"
    RESIZING = "resizing"
    STOPPING = "stopping"


class NodeState(StrEnum):
    CREATING = "creating"
    STARTING = "starting"
    WAITING_FOR_START_TASK = "waitingforstarttask"
    START_TASK_FAILED = "starttaskfailed"
    IDLE = "idle"
    RUNNING = "running"
    OFFLINE = "offline"
    REBOOTING = "rebooting"
    PREEMPTED = "preempted"
    REIMAGING = "reimaging"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"
    LEAVING_POOL = "leavingpool"
    UNUSABLE = "unusable"


class Scheduling(StrEnum):
    """Whether a node is given tasks."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class Deallocation(StrEnum):
    """What becomes of the tasks of a node that leaves its pool or restarts."""

    REQUEUE = "requeue"
    TERMINATE = "terminate"
    TASK_COMPLETION = "taskcompletion"
    """They run to their end first."""
    RETAINED_DATA = "retaineddata"
    """Their retention times pass too."""

    @property
    def waits(self) -> bool:
        return self in (Deallocation.TASK_COMPLETION, Deallocation.RETAINED_DATA)


class JobState(StrEnum):
    ACTIVE = "active"
    DISABLING = "disabling"
    DISABLED = "disabled"
    ENABLING = "enabling"
    TERMINATING = "terminating"
    COMPLETED = "completed"
    DELETING = "deleting"


class JobScheduleState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    TERMINATING = "terminating"
    COMPLETED = "completed"
    DELETING = "deleting"


class DisableTasks(StrEnum):
    """What becomes of the running tasks of a job that is disabled."""

    REQUEUE = "requeue"
    TERMINATE = "terminate"
    WAIT = "wait"


class TaskState(StrEnum):
    ACTIVE = "active"
    PREPARING = "preparing"
    RUNNING = "running"
    COMPLETED = "completed"


class AuxiliaryState(StrEnum):
    """The states of a job's preparation and release tasks on a node."""

    RUNNING = "running"
    COMPLETED = "completed"


class PreparationStatus(StrEnum):
    """What a preparation task that ran once counts for on its node now."""

    CURRENT = "current"
    RESTARTED = "restarted"
    """The node was restarted: it's run again before the job's next task there."""
    VOID = "void"
    """It never came to its end, or what it made is gone: as if it had not been run."""


class Result(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task failed: a `TaskFailureInformation`."""

    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()
    category: str = "usererror"

    def document(self) -> Document:
        """Write it as the service does."""
        info: Document = {"category": self.category, "code": self.code, "message": self.message}
        if self.details:
            info["details"] = [{"name": name, "value": value} for name, value in self.details]
        return info


@dataclass(frozen=True, slots=True)
class Pool:
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
        return bool(self.document["enableAutoScale"])

    @property
    def slots_per_node(self) -> int:
        return int(self.document["taskSlotsPerNode"])


@dataclass(frozen=True, slots=True)
class Node:
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
    """When a node that was preempted comes back."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Job:
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
