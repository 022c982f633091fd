from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.creation import new_task
from batchff.emulator.state.model import Job, Task
from batchff.emulator.state.states import JobState, Result, TaskState
from batchff.emulator.state.times import SECOND, UNLIMITED
from batchff.emulator.state.transitions import (
    EXIT_CODE,
    job_deadline,
    job_moved,
    task_completed,
    task_reactivated,
    task_requeued,
    task_retried,
    task_started,
    task_turned_away,
)

JOB = Job("j", "j", "p", {}, JobState.ACTIVE, 1, 1, 1, 0, seq=1)


def task(retention: str = "PT10S") -> Task:
    document = {"id": "t", "requiredSlots": 1, "constraints": {"retentionTime": retention}}
    return new_task(JOB, document, 1)


def test_a_step_keeps_the_state_before_it() -> None:
    started = task_started(task(), "p", "n", 5)

    assert (started.state, started.state_time) == (TaskState.RUNNING, 5)
    assert (started.previous_state, started.previous_state_time) == (TaskState.ACTIVE, 1)


def test_a_retry_stays_on_its_node_and_a_requeue_leaves_it() -> None:
    started = task_started(task(), "p", "n", 5)
    retried, requeued = task_retried(started, 6), task_requeued(started, 6)

    assert (retried.node, retried.retries, retried.requeues) == ("n", 1, 0)
    assert (requeued.node, requeued.retries, requeued.requeues) == (None, 0, 1)
    assert task_turned_away(started, 6).requeues == 0


def test_only_a_task_that_had_a_node_has_a_directory_to_delete() -> None:
    ran = task_completed(task_started(task(), "p", "n", 5), 1, EXIT_CODE, 6)
    never = task_completed(task(), None, EXIT_CODE, 6)

    assert ran.expires == 6 + 10 * SECOND
    assert never.expires is None


def test_a_directory_can_be_kept_for_ever() -> None:
    kept = task("P10675199DT2H48M5.4775807S")

    assert task_completed(task_started(kept, "p", "n", 5), 0, None, 6).expires == UNLIMITED


def test_a_reactivated_task_is_as_if_it_had_never_been_tried() -> None:
    failed = task_completed(task_retried(task_started(task(), "p", "n", 5), 6), 1, EXIT_CODE, 7)
    again = task_reactivated(failed, 8)

    assert failed.result is Result.FAILURE
    assert replace(again, state_time=1, previous_state=None, previous_state_time=None) == replace(
        task(), modified=8
    )


def test_the_first_reason_for_a_jobs_end_stays() -> None:
    ending = job_moved(JOB, JobState.TERMINATING, 5, "TaskFailed")
    done = job_moved(ending, JobState.COMPLETED, 6, "UserTerminate")

    assert (ending.ended, done.ended, done.terminate_reason) == (None, 6, "TaskFailed")


def test_a_job_without_a_limit_has_no_deadline() -> None:
    assert job_deadline(5, {"maxWallClockTime": "PT10S"}) == 5 + 10 * SECOND
    assert job_deadline(5, {"maxWallClockTime": "P10675199DT2H48M5.4775807S"}) is None
