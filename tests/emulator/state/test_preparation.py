from __future__ import annotations

from batchff.emulator.state.model import Preparation
from batchff.emulator.state.preparation import (
    preparation_begun,
    preparation_ended,
    preparation_interrupted,
    preparation_retried,
    release_begun,
    release_ended,
)
from batchff.emulator.state.states import AuxiliaryState, PreparationStatus, Result
from batchff.emulator.state.times import SECOND
from batchff.emulator.state.transitions import EXIT_CODE

BEGUN = Preparation(1, "pool", "node", AuxiliaryState.RUNNING, 5, seq=7)
TASK = {"constraints": {"retentionTime": "PT10S"}}


def test_a_preparation_task_that_ends_is_kept_for_its_retention_time() -> None:
    ended = preparation_ended(preparation_retried(BEGUN, 6), TASK, 0, None, 8)

    assert (ended.started, ended.retries, ended.last_retry) == (6, 1, 6)
    assert (ended.state, ended.result) == (AuxiliaryState.COMPLETED, Result.SUCCESS)
    assert ended.expires == 8 + 10 * SECOND


def test_one_that_was_interrupted_counts_as_not_run() -> None:
    stopped = preparation_interrupted(BEGUN, 6)

    assert (stopped.standing, stopped.result) == (PreparationStatus.VOID, Result.FAILURE)


def test_running_it_again_forgets_how_it_ended() -> None:
    failed = preparation_ended(BEGUN, TASK, 1, EXIT_CODE, 8)

    assert failed.result is Result.FAILURE
    assert preparation_begun(failed, 9) == Preparation(
        1, "pool", "node", AuxiliaryState.RUNNING, 9, seq=7
    )


def test_a_release_task_leaves_what_the_preparation_task_did() -> None:
    prepared = preparation_ended(BEGUN, TASK, 0, None, 8)
    released = release_ended(
        release_begun(prepared, 9), {"retentionTime": "PT1S"}, 3, EXIT_CODE, 10
    )

    assert (released.exit_code, released.release_exit_code) == (0, 3)
    assert (released.result, released.release_result) == (Result.SUCCESS, Result.FAILURE)
    assert released.release_expires == 10 + SECOND
