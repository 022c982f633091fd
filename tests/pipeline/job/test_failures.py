from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchff.model.job_facts import JobFacts
from batchff.model.jobs import FailedTask, TaskStatus
from batchff.node.exit_codes import NodeExit
from batchff.pipeline.job.failures import failed_task


def failed(
    code: int | None,
    failure: str = "FailureExitCode",
    retries: int = 0,
    *,
    ours: bool = True,
    log: tuple[str, ...] = (),
) -> FailedTask:
    now = datetime.now(UTC)
    status = TaskStatus("t", "a.mp4", "completed", False, now, code, failure, retries)
    return failed_task(status, JobFacts(preset="mp3") if ours else None, "\n".join(log))


def reason(code: int | None, failure: str = "FailureExitCode", retries: int = 0) -> str:
    return failed(code, failure, retries).reason


@pytest.mark.parametrize(
    ("code", "retries", "said"),
    [
        (NodeExit.FAILED, 1, "ffmpeg failed on this input"),
        (NodeExit.DISK_FULL, 0, "the node's disk is full: a fault of the node, not of the file "),
        (NodeExit.KILLED, 2, "ffmpeg was stopped by a signal: a fault of the node, not of the "),
    ],
)
def test_a_nodes_fault_is_told_from_a_files(code: int, retries: int, said: str) -> None:
    assert reason(code, retries=retries).startswith(said)


def test_the_attempts_at_what_may_pass_are_counted() -> None:
    assert reason(NodeExit.KILLED).endswith("(1 attempt)")
    assert reason(NodeExit.KILLED, retries=2).endswith("(3 attempts)")
    assert "attempt" not in reason(NodeExit.BROKEN, retries=2)


def test_what_the_service_ended_is_not_the_nodes_fault() -> None:
    said = "it was ended: its time was over, or that of its job (TaskEnded)"
    assert reason(NodeExit.KILLED, "TaskEnded: Task Was Ended") == said
    assert reason(None, "TaskEnded: Task Was Ended") == said


def test_an_input_is_at_fault_only_where_ffmpeg_would_fail_on_it_again() -> None:
    at_fault = {code for code in NodeExit if failed(code).input_at_fault}

    assert at_fault == {NodeExit.FAILED, NodeExit.EMPTY, NodeExit.BROKEN}
    assert not failed(NodeExit.FAILED, "TaskEnded: Task Was Ended").input_at_fault
    assert not failed(NodeExit.FAILED, ours=False).input_at_fault


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("encode.sh: ffmpeg failed on this input (ffmpeg's exit code: 1)", False),
        ("encode.sh: ffmpeg failed on this input", False),
        ("encode.sh: ffmpeg failed on this input (it crashed: signal 11)", True),
        ("Conversion failed!", True),
    ],
)
def test_the_reason_is_not_told_twice(last: str, told: bool) -> None:
    log = ("moov atom not found", last)

    assert failed(NodeExit.FAILED, log=log).log == (log if told else log[:1])
