"""The states of pools, nodes, jobs and tasks, in the service's words."""

from __future__ import annotations

from enum import StrEnum


class PoolState(StrEnum):
    """Whether a pool exists or is being deleted."""

    ACTIVE = "active"
    DELETING = "deleting"


class AllocationState(StrEnum):
    """Whether a pool has reached its targets."""

    STEADY = "steady"
    RESIZING = "resizing"
    STOPPING = "stopping"


class NodeState(StrEnum):
    """What a node does."""

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
        """Whether running tasks are waited for."""
        return self in (Deallocation.TASK_COMPLETION, Deallocation.RETAINED_DATA)


class JobState(StrEnum):
    """Whether a job's tasks run, and how far its end has come."""

    ACTIVE = "active"
    DISABLING = "disabling"
    DISABLED = "disabled"
    ENABLING = "enabling"
    TERMINATING = "terminating"
    COMPLETED = "completed"
    DELETING = "deleting"


class JobScheduleState(StrEnum):
    """Whether a schedule makes jobs, and how far its end has come."""

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
    """Where a task is between being added and its end."""

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
    """How something ended."""

    SUCCESS = "success"
    FAILURE = "failure"
