"""The states of jobs, pools, nodes and tasks, as the service writes them.

A state that the service adds one day stays plain text: compare with these, don't convert to them.
Source: the enumerations of the Batch service's REST description, 2025-06-01.
"""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job is."""

    ACTIVE = "active"
    DISABLING = "disabling"
    DISABLED = "disabled"
    ENABLING = "enabling"
    TERMINATING = "terminating"
    COMPLETED = "completed"
    DELETING = "deleting"


class PoolState(StrEnum):
    """Whether a pool stays."""

    ACTIVE = "active"
    DELETING = "deleting"


class AllocationState(StrEnum):
    """Whether a pool's number of nodes is changing."""

    STEADY = "steady"
    RESIZING = "resizing"
    STOPPING = "stopping"


class NodeState(StrEnum):
    """What a node is doing."""

    IDLE = "idle"
    REBOOTING = "rebooting"
    REIMAGING = "reimaging"
    RUNNING = "running"
    UNUSABLE = "unusable"
    CREATING = "creating"
    STARTING = "starting"
    WAITING_FOR_START_TASK = "waitingforstarttask"
    START_TASK_FAILED = "starttaskfailed"
    UNKNOWN = "unknown"
    LEAVING_POOL = "leavingpool"
    OFFLINE = "offline"
    PREEMPTED = "preempted"
    UPGRADING_OS = "upgradingos"
    DEALLOCATED = "deallocated"
    DEALLOCATING = "deallocating"


class TaskState(StrEnum):
    """How far a task is; `COMPLETED` says nothing about success."""

    ACTIVE = "active"
    PREPARING = "preparing"
    RUNNING = "running"
    COMPLETED = "completed"


JOB_ENDED = frozenset({JobState.COMPLETED, JobState.DELETING})
"""A job in one of these runs no task any more, and gets none."""

JOB_ENDING = frozenset({JobState.TERMINATING, *JOB_ENDED})
"""A job in one of these starts no task any more."""

NODE_READY = frozenset({NodeState.IDLE, NodeState.RUNNING})
"""A node in one of these takes tasks."""

NODE_BROKEN = frozenset({NodeState.START_TASK_FAILED, NodeState.UNUSABLE})
"""A node in one of these runs no task."""

SECONDS_A_SPOT_NODE_MAY_BE_UNUSABLE = 600.0
"""How long an unusable Spot node doesn't count as broken.

The service may call a Spot node that it takes away unusable for some minutes, and only then
preempted (MicrosoftDocs/azure-docs#128508). It doesn't say for how many; within ten, a formula
is worked out at least once more, too. A dedicated node isn't taken away: it's broken at once.
"""

TASK_STARTED = (TaskState.PREPARING, TaskState.RUNNING, TaskState.COMPLETED)
TASK_UNFINISHED = (TaskState.ACTIVE, TaskState.PREPARING, TaskState.RUNNING)
TASK_RUNNING = (TaskState.PREPARING, TaskState.RUNNING)
