"""The steps of jobs' preparation and release tasks, as pure functions of their rows.

Source: the models JobPreparationTask and JobReleaseTask.
"""

from __future__ import annotations

from dataclasses import replace

from batchff.emulator.state.model import Document, Failure, Preparation
from batchff.emulator.state.states import AuxiliaryState, PreparationStatus, Result
from batchff.emulator.state.times import UNLIMITED, parse_duration
from batchff.emulator.state.transitions import TASK_ENDED


def preparation_begun(row: Preparation, now: int) -> Preparation:
    """Run a preparation task once more on a node where it ran before."""
    return Preparation(row.job, row.pool, row.node, AuxiliaryState.RUNNING, now, seq=row.seq)


def preparation_retried(row: Preparation, now: int) -> Preparation:
    """Start a preparation task once more, on the same node."""
    return replace(row, started=now, retries=row.retries + 1, last_retry=now)


def preparation_ended(
    row: Preparation, task: Document, exit_code: int | None, failure: Failure | None, now: int
) -> Preparation:
    """Note how a preparation task ended, and until when its directory is kept."""
    return replace(
        row,
        state=AuxiliaryState.COMPLETED,
        ended=now,
        exit_code=exit_code,
        result=_result(failure),
        failure=_document(failure),
        expires=_expiry(task["constraints"]["retentionTime"], now),
    )


def preparation_interrupted(row: Preparation, now: int) -> Preparation:
    """End a preparation task that its node or job has stopped: it did not complete."""
    return replace(
        row,
        state=AuxiliaryState.COMPLETED,
        standing=PreparationStatus.VOID,
        ended=now,
        result=Result.FAILURE,
        failure=TASK_ENDED.document(),
    )


def release_begun(row: Preparation, now: int) -> Preparation:
    """Note that a release task has started."""
    return replace(row, release_state=AuxiliaryState.RUNNING, release_started=now)


def release_ended(
    row: Preparation, task: Document, exit_code: int | None, failure: Failure | None, now: int
) -> Preparation:
    """Note how a release task ended, and until when its directory is kept."""
    return replace(
        row,
        release_state=AuxiliaryState.COMPLETED,
        release_ended=now,
        release_exit_code=exit_code,
        release_result=_result(failure),
        release_failure=_document(failure),
        release_expires=_expiry(task["retentionTime"], now),
    )


def _result(failure: Failure | None) -> Result:
    return Result.FAILURE if failure else Result.SUCCESS


def _document(failure: Failure | None) -> Document | None:
    return failure.document() if failure else None


def _expiry(retention: str, now: int) -> int:
    return min(now + parse_duration(retention), UNLIMITED)
