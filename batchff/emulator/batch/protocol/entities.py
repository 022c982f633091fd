"""What can be asked about pools, nodes, jobs, tasks and more with $select and $filter.

Source: "OData filters in the Batch service", and the fields of each resource in any
api-version.
"""

from __future__ import annotations

from dataclasses import dataclass

from batchff.emulator.batch.protocol.odata import Properties, Property
from batchff.emulator.state.states import (
    AllocationState,
    AuxiliaryState,
    JobScheduleState,
    JobState,
    NodeState,
    PoolState,
    Result,
    TaskState,
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of resource."""

    name: str
    """As in `odata.metadata`."""
    properties: frozenset[str]
    """What $select takes."""
    filters: Properties
    """What $filter takes."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _time(column: str) -> Property:
    return Property(column, int, is_time=True)


_JOB_STATES = frozenset(JobState)
_JOB_SCHEDULE_STATES = frozenset(JobScheduleState)
_TASK_STATES = frozenset(TaskState)
_NODE_STATES = frozenset(
    {
        *NodeState,
        *("unknown", "upgradingos"),
    }
)

POOL = Entity(
    "pools",
    _names(
        """id displayName url eTag lastModified creationTime state stateTransitionTime
        allocationState allocationStateTransitionTime vmSize virtualMachineConfiguration
        resizeTimeout resizeErrors currentDedicatedNodes currentLowPriorityNodes
        targetDedicatedNodes targetLowPriorityNodes enableAutoScale autoScaleFormula
        autoScaleEvaluationInterval autoScaleRun enableInterNodeCommunication
        networkConfiguration startTask applicationPackageReferences taskSlotsPerNode
        taskSchedulingPolicy userAccounts metadata stats mountConfiguration identity
        upgradePolicy applicationLicenses certificateReferences cloudServiceConfiguration
        currentNodeCommunicationMode maxTasksPerNode resourceTags
        targetNodeCommunicationMode"""
    ),
    {
        "id": Property("key", folded=True),
        "state": Property("state", choices=frozenset(PoolState)),
        "stateTransitionTime": _time("state_time"),
        "creationTime": _time("created"),
        "lastModified": _time("modified"),
        "allocationState": Property("allocation_state", choices=frozenset(AllocationState)),
        "allocationStateTransitionTime": _time("allocation_time"),
    },
)

POOL_NODE_COUNTS = Entity(
    "poolnodecounts",
    _names("poolId dedicated lowPriority"),
    {"poolId": Property("key", folded=True)},
)

NODE = Entity(
    "nodes",
    _names(
        """id url state schedulingState stateTransitionTime lastBootTime allocationTime
        ipAddress ipv6Address affinityId vmSize totalTasksRun runningTasksCount
        runningTaskSlotsCount totalTasksSucceeded recentTasks startTask startTaskInfo errors
        isDedicated endpointConfiguration nodeAgentInfo virtualMachineInfo"""
    ),
    {
        "id": Property("id"),
        "state": Property("state", choices=_NODE_STATES),
        "stateTransitionTime": _time("state_time"),
        "lastBootTime": _time("booted"),
        "allocationTime": _time("allocated"),
        "isDedicated": Property("dedicated", bool),
    },
)

JOB = Entity(
    "jobs",
    _names(
        """id displayName usesTaskDependencies url eTag lastModified creationTime state
        stateTransitionTime previousState previousStateTransitionTime priority
        allowTaskPreemption maxParallelTasks constraints jobManagerTask jobPreparationTask
        jobReleaseTask commonEnvironmentSettings poolInfo onAllTasksComplete onTaskFailure
        networkConfiguration metadata executionInfo stats"""
    ),
    {
        "id": Property("key", folded=True),
        "state": Property("state", choices=_JOB_STATES),
        "stateTransitionTime": _time("state_time"),
        "previousState": Property("previous_state", choices=_JOB_STATES),
        "previousStateTransitionTime": _time("previous_state_time"),
        "creationTime": _time("created"),
        "lastModified": _time("modified"),
        "priority": Property("priority", int),
        "executionInfo/startTime": _time("created"),
        "executionInfo/endTime": _time("ended"),
        "executionInfo/poolId": Property("pool", folded=True),
    },
)

JOB_SCHEDULE = Entity(
    "jobschedules",
    _names(
        """id displayName url eTag lastModified creationTime state stateTransitionTime
        previousState previousStateTransitionTime schedule jobSpecification executionInfo
        metadata stats"""
    ),
    {
        "id": Property("key", folded=True),
        "state": Property("state", choices=_JOB_SCHEDULE_STATES),
        "stateTransitionTime": _time("state_time"),
        "previousState": Property("previous_state", choices=_JOB_SCHEDULE_STATES),
        "previousStateTransitionTime": _time("previous_state_time"),
        "creationTime": _time("created"),
        "lastModified": _time("modified"),
        "executionInfo/nextRunTime": _time("next_run"),
        "executionInfo/endTime": _time("ended"),
    },
)

TASK = Entity(
    "tasks",
    _names(
        """id displayName url eTag lastModified creationTime exitConditions state
        stateTransitionTime previousState previousStateTransitionTime commandLine
        containerSettings resourceFiles outputFiles environmentSettings affinityInfo
        constraints requiredSlots userIdentity executionInfo nodeInfo multiInstanceSettings
        stats dependsOn applicationPackageReferences authenticationTokenSettings"""
    ),
    {
        "id": Property("key", folded=True),
        "state": Property("state", choices=_TASK_STATES),
        "stateTransitionTime": _time("state_time"),
        "previousState": Property("previous_state", choices=_TASK_STATES),
        "previousStateTransitionTime": _time("previous_state_time"),
        "creationTime": _time("created"),
        "lastModified": _time("modified"),
        "nodeInfo/poolId": Property("pool"),
        "nodeInfo/nodeId": Property("node"),
        "executionInfo/startTime": _time("started"),
        "executionInfo/endTime": _time("ended"),
        "executionInfo/exitCode": Property("exit_code", int),
        "executionInfo/result": Property("result", choices=frozenset(Result)),
        "executionInfo/retryCount": Property("retries", int),
        "executionInfo/requeueCount": Property("requeues", int),
    },
)


def _auxiliary_task(name: str, prefix: str) -> Properties:
    """What can be filtered by of a preparation task (no prefix) or a release task."""
    return {
        f"{name}/state": Property(f"{prefix}state", choices=frozenset(AuxiliaryState)),
        f"{name}/startTime": _time(f"{prefix}started"),
        f"{name}/endTime": _time(f"{prefix}ended"),
        f"{name}/exitCode": Property(f"{prefix}exit_code", int),
        f"{name}/result": Property(f"{prefix}result", choices=frozenset(Result)),
    }


PREPARATION = Entity(
    "jobpreparationandreleasetaskstatuslist",
    _names("poolId nodeId nodeUrl jobPreparationTaskExecutionInfo jobReleaseTaskExecutionInfo"),
    {
        "poolId": Property("pool"),
        "nodeId": Property("node"),
        **_auxiliary_task("jobPreparationTaskExecutionInfo", ""),
        **_auxiliary_task("jobReleaseTaskExecutionInfo", "release_"),
    },
)
