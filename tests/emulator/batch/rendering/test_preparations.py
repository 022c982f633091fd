from __future__ import annotations

from dataclasses import replace

from batchff.emulator.batch.rendering.preparations import render_preparation
from batchff.emulator.state.model import Job, Preparation
from batchff.emulator.state.preparation import preparation_ended, release_begun, release_ended
from batchff.emulator.state.states import AuxiliaryState, JobState
from batchff.emulator.state.times import SECOND
from batchff.emulator.state.transitions import EXIT_CODE

TASKS = {"jobPreparationTask": {"id": "Prepare"}, "jobReleaseTask": {"id": "Release"}}
JOB = Job("job", "Job", "pool", TASKS, JobState.ACTIVE, 0, 0, 0, 0)
RUNNING = Preparation(1, "Pool", "node", AuxiliaryState.RUNNING, SECOND)
KEPT = {"constraints": {"retentionTime": "P1D"}, "retentionTime": "P1D"}
NODE = "http://127.0.0.1/pools/Pool/nodes/node"


def test_while_the_preparation_task_runs_it_has_no_end_and_no_release() -> None:
    assert render_preparation(RUNNING, JOB, "http://127.0.0.1") == {
        "poolId": "Pool",
        "nodeId": "node",
        "nodeUrl": NODE,
        "jobPreparationTaskExecutionInfo": {
            "state": "running",
            "startTime": "1970-01-01T00:00:01Z",
            "retryCount": 0,
            "taskRootDirectory": "workitems/Job/job-1/Prepare",
            "taskRootDirectoryUrl": f"{NODE}/files/workitems/Job/job-1/Prepare",
        },
    }


def test_a_failure_says_why_and_how_often_it_was_tried() -> None:
    tried = replace(RUNNING, retries=2, last_retry=2 * SECOND)
    failed = preparation_ended(tried, KEPT, 3, EXIT_CODE, 3 * SECOND)
    info = render_preparation(failed, JOB, "http://127.0.0.1")["jobPreparationTaskExecutionInfo"]
    assert (info["state"], info["result"], info["exitCode"]) == ("completed", "failure", 3)
    assert info["failureInfo"]["code"] == "FailureExitCode"
    assert (info["retryCount"], info["lastRetryTime"]) == (2, "1970-01-01T00:00:02Z")


def test_the_release_task_is_told_beside_it() -> None:
    prepared = preparation_ended(RUNNING, KEPT, 0, None, 2 * SECOND)
    released = release_ended(release_begun(prepared, 3 * SECOND), KEPT, 0, None, 4 * SECOND)
    document = render_preparation(released, JOB, "http://127.0.0.1")
    release = document["jobReleaseTaskExecutionInfo"]
    assert release["taskRootDirectory"] == "workitems/Job/job-1/Release"
    assert (release["result"], release["endTime"]) == ("success", "1970-01-01T00:00:04Z")
    assert "retryCount" not in release
    assert document["jobPreparationTaskExecutionInfo"]["result"] == "success"
