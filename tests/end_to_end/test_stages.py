"""Each stage as a command of its own, each in a process of its own."""

from __future__ import annotations

from pathlib import Path

from tests.commands import Batchff


def test_the_six_stages_one_by_one(batchff_process: Batchff, batchff: Batchff, clips: Path) -> None:
    run = batchff_process

    uploaded = run("--json", "upload", clips, "--to", "tour")
    assert uploaded.code == 0, uploaded
    assert uploaded.result["input_set"] == "tour"
    assert uploaded.result["files"] == 3

    pool = run("--json", "pool", "create", "stage-pool", "--wait", "--slots", "2")
    assert pool.code == 0, pool
    assert pool.result == {"pool": "stage-pool", "created": True}
    assert any(event["event"] == "node.changed" for event in pool.events)

    job = run("--json", "job", "submit", "--input", "tour", "--pool", "stage-pool")
    assert job.code == 0, job
    assert job.result["tasks"] == 3

    watched = run("--json", "watch", job.result["job"], "--timeout", "2m")
    assert watched.code == 0, watched
    assert watched.result["succeeded"] == 3

    listed = {job["job"]: job for job in run("--json", "job", "list").result["jobs"]}
    about = listed[job.result["job"]]
    assert (about["pool"], about["files"], about["state"]) == ("stage-pool", 3, "completed")

    home = run("--json", "download", job.result["job"], "--to", "home")
    assert home.code == 0, home
    assert home.result["files"] == 3
    assert (Path("home") / "archive" / "interview.mp3").stat().st_size > 0

    cleaned = run(
        *("--json", "cleanup", job.result["job"]),
        *("--pool", "--inputs", "--outputs", "--yes"),
    )
    assert cleaned.code == 0, cleaned
    assert {found["what"] for found in cleaned.result["found"]} == {"job", "pool", "blobs"}

    assert batchff("--json", "watch", job.result["job"]).error["code"] == 1
    assert batchff("cleanup", "--all", "--yes").code == 0
    assert batchff("cleanup", "--all", "--dry-run").out == "nothing to remove\n"
