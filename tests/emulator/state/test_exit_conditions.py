from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.state.creation import new_task
from batchff.emulator.state.exit_conditions import (
    DependencyAction,
    JobAction,
    complete_exit_conditions,
    exit_options,
)
from batchff.emulator.state.model import Failure, Job, Task
from batchff.emulator.state.states import JobState
from batchff.emulator.state.transitions import EXIT_CODE, TASK_ENDED, task_completed

JOB = Job("j", "j", "p", {}, JobState.ACTIVE, 1, 1, 1, 0, seq=1)
UPLOAD = Failure("FileUploadMiscError", "A file could not be uploaded")
DISABLE = {"jobAction": "disable"}
TERMINATE = {"jobAction": "terminate"}
CONDITIONS = {
    "exitCodes": [{"code": 3, "exitOptions": DISABLE}],
    "exitCodeRanges": [{"start": 1, "end": 9, "exitOptions": TERMINATE}],
    "preProcessingError": DISABLE,
    "fileUploadError": TERMINATE,
    "default": {"jobAction": "none"},
}


def ended(code: int | None, failure: Failure | None, conditions: dict[str, Any]) -> Task:
    document = {
        "id": "t",
        "requiredSlots": 1,
        "constraints": {"retentionTime": "P7D"},
        "exitConditions": conditions,
    }
    return task_completed(new_task(JOB, document, 1), code, failure, 2)


@pytest.mark.parametrize(
    ("code", "failure", "action"),
    [
        (3, EXIT_CODE, JobAction.DISABLE),
        (4, EXIT_CODE, JobAction.TERMINATE),
        (10, EXIT_CODE, JobAction.NONE),
        (None, Failure("ResourceFileMissing", "gone"), JobAction.DISABLE),
        (0, UPLOAD, JobAction.TERMINATE),
        (None, TASK_ENDED, JobAction.NONE),
        (0, None, JobAction.NONE),
    ],
)
def test_the_closest_condition_decides(
    code: int | None, failure: Failure | None, action: JobAction
) -> None:
    assert exit_options(ended(code, failure, CONDITIONS)).job_action is action


def test_without_conditions_success_lets_dependents_run_and_failure_blocks_them() -> None:
    done, failed = exit_options(ended(0, None, {})), exit_options(ended(1, EXIT_CODE, {}))

    assert done.dependency_action is DependencyAction.SATISFY
    assert done.job_action is JobAction.NONE
    assert failed.dependency_action is DependencyAction.BLOCK
    assert failed.job_action is JobAction.TERMINATE


def test_actions_are_written_in_lower_case() -> None:
    given = {
        "exitCodes": [{"code": 1, "exitOptions": {"jobAction": "Terminate"}}],
        "default": {"dependencyAction": "Block"},
    }

    assert complete_exit_conditions(given) == {
        "exitCodes": [{"code": 1, "exitOptions": {"jobAction": "terminate"}}],
        "default": {"dependencyAction": "block"},
    }
