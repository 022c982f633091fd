"""Words of enumerations as the service may write them: with capitals, or without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from azure.batch import models

from batchff.cloud.batch.models import (
    holds_back_others,
    job_status,
    node_status,
    pool_status,
    task_status,
)

_written = pytest.mark.parametrize("write", [str.lower, str.upper, str.capitalize, str])
_Write = Callable[[str], str]


@_written
def test_a_tasks_state_and_result_are_read_however_they_are_written(write: _Write) -> None:
    task = {
        "id": "t",
        "state": write("Completed"),
        "stateTransitionTime": "2026-11-30T12:00:00Z",
        "executionInfo": {"result": write("Success"), "retryCount": 0, "requeueCount": 0},
    }

    status = task_status(models.BatchTask(task))

    assert (status.state, status.succeeded) == ("completed", True)


@_written
def test_a_jobs_state_and_end_are_read_however_they_are_written(write: _Write) -> None:
    job = {
        "id": "j",
        "state": write("Active"),
        "onAllTasksComplete": write("TerminateJob"),
        "poolInfo": {"poolId": "p"},
    }

    status = job_status(models.BatchJob(job))

    assert (status.state, status.ends_after_tasks) == ("active", True)


@_written
def test_the_states_of_pools_and_nodes_are_read_however_they_are_written(write: _Write) -> None:
    pool = {"id": "p", "state": write("Active"), "allocationState": write("Steady")}
    node = {"id": "n", "state": write("StartTaskFailed"), "isDedicated": True}

    status = pool_status(models.BatchPool(pool))

    assert (status.state, status.allocation_state) == ("active", "steady")
    assert node_status(models.BatchNode(node)).state == "starttaskfailed"


@_written
def test_a_satisfied_dependency_is_read_however_it_is_written(write: _Write) -> None:
    task = {
        "id": "t",
        "exitConditions": {"default": {"dependencyAction": write("Satisfy")}},
        "executionInfo": {"exitCode": 1, "retryCount": 0, "requeueCount": 0},
    }

    assert not holds_back_others(models.BatchTask(task))
