from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch import BatchClient

from tests.end_to_end.conftest import Batchff
from tests.silence import silence


def test_what_failed_is_encoded_again_and_is_at_home_with_the_rest(
    batchff: Batchff, one_clip: Path
) -> None:
    folder = one_clip
    (folder / "late.wav").write_text("This will be a video.\n")
    submit = ("submit", folder, "--job", "tour", "--keep-pool")
    first = batchff("--json", *submit)
    assert (first.code, first.result["failed"]) == (3, 1)
    advice = batchff(*submit).err.splitlines()[-3:]
    assert advice == [
        "see what ffmpeg said with: batchff logs tour",
        "mend what ffmpeg fails on, and send it with: batchff upload PATH",
        "encode what was mended with: batchff job retry tour",
    ]
    mended = Path("mended")
    mended.mkdir()
    (mended / "late.wav").write_bytes(silence())
    batchff("upload", mended, "--to", first.result["input_set"])

    ran = batchff("job", "retry", "tour", "--yes", "--task-timeout", "2h")

    assert (ran.code, ran.out) == (0, "tour-retry\n")
    assert "come back with: batchff watch tour\n" in ran.err
    watched = batchff("watch", "tour")
    assert (watched.code, watched.out) == (0, "job tour: 2 encoded\n")
    assert batchff("watch", "tour-retry").out == "job tour-retry: 1 encoded\n"
    shown = batchff("job", "show", "tour").out
    assert "retried in   tour-retry (completed)\n" in shown
    assert "job retry" not in shown
    again = batchff("--json", *submit)
    assert (again.code, again.result["succeeded"], again.result["failed"]) == (0, 2, 0)
    assert batchff("download", "tour", "--to", "home").code == 0
    assert sorted(os.listdir("home")) == ["late.mp3", "short.mp3"]
    nothing = batchff("job", "retry", "tour", "--yes")
    assert nothing.out == "nothing in job tour is to be encoded again\n"
    found = batchff("cleanup", "tour", "--pool", "--outputs", "--dry-run").out
    assert [line.split()[:2] for line in found.splitlines() if line.startswith("job")] == [
        ["job", "tour-retry"],
        ["job", "tour"],
    ]


def test_a_retry_asks_where_it_can(batchff: Batchff, one_clip: Path) -> None:
    (one_clip / "notes.mp4").write_text("This is not a video.\n")
    batchff("submit", one_clip, "--job", "asked")

    ran = batchff("job", "retry", "asked")

    assert ran.code == 2
    assert "give --yes" in ran.err
    assert batchff("watch", "asked-retry").code == 1, "there is no such job"


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
    assert "live at most 6d 22h 45m" in ran.err
    assert "shorten --queue-time, --task-timeout or --retries" in ran.err
