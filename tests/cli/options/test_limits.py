from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch import BatchClient

from tests.commands import Batchff
from tests.silence import silence


def test_limits_reach_the_job_and_its_tasks(
    batchff: Batchff, service: BatchClient, one_clip: Path
) -> None:
    limits = ("--task-timeout", "90m", "--retries", "2", "--queue-time", "1d", "--priority", "-5")

    assert batchff("submit", one_clip, "--job", "bounded", *limits).code == 0

    job = service.get_job("bounded")
    assert job.priority == -5
    assert job.constraints is not None
    assert job.constraints.max_wall_clock_time == timedelta(days=1, hours=3 * 1.5)
    (task,) = service.list_tasks("bounded")
    assert task.constraints is not None
    assert task.constraints.max_wall_clock_time == timedelta(minutes=90)
    assert task.constraints.max_task_retry_count == 2


def test_a_job_that_could_outlive_its_sas_is_refused_before_anything_is_sent(
    run: Batchff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "short.wav"
    clip.write_bytes(silence())
    for setting, value in {
        "AUTH": "azure-cli",
        "BATCH_ACCOUNT": "a",
        "BATCH_ENDPOINT": "https://127.0.0.1:1",
        "STORAGE_ACCOUNT": "a",
        "STORAGE_ENDPOINT": "https://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(f"BATCHFF_{setting}", value)

    ran = run("submit", clip, "--task-timeout", "3d")

    assert ran.code == 2
    assert "the job may take 9d (3d in the queue and 2 × 3d of work)" in ran.err
    assert "valid for at most 6d 22h 45m" in ran.err
    assert "shorten --queue-time, --task-timeout or --retries" in ran.err
