"""`batchff job list`."""

from __future__ import annotations

import re
from pathlib import Path

from azure.batch import BatchClient

from tests.commands import Batchff
from tests.foreign import make_job, make_pool, wait_for_end
from tests.silence import silence


def without_times(text: str) -> str:
    """A job's text without what is another each time."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z", "TIME", text)
    text = re.sub(r"after \d+s$", "after SOME", text, flags=re.MULTILINE)
    return re.sub(r"0\.\d\d\d\d ", "HOURS ", text)


def test_jobs_are_listed_the_newest_first(batchff: Batchff, service: BatchClient) -> None:
    pool = make_pool(service)
    make_job(service, "list-a-older", pool, "true", "false", ours=True)
    make_job(service, "list-b-newer", pool, "sleep 600", ours=True, files=3)
    make_job(service, "list-c-theirs", pool, "true")
    wait_for_end(service, "list-a-older", "task-0", "task-1")
    wait_for_end(service, "list-c-theirs", "task-0")

    def lines(*words: str) -> list[str]:
        ran = batchff("job", "list", *words)
        # Other tests' jobs stand in the same account, and make the column wider.
        return [
            re.sub(" +", " ", without_times(line))
            for line in ran.out.splitlines()
            if line.startswith("list-")
        ]

    assert lines() == [
        "list-b-newer active TIME mp3 3 files, 1 to go, 2 to add",
        "list-a-older active TIME mp3 2 files, 1 failed",
    ]
    assert lines("--all")[0] == "list-c-theirs active TIME 1 task"
    jobs = {job["job"]: job for job in batchff("--json", "job", "list", "--all").result["jobs"]}
    assert jobs["list-c-theirs"]["batchff"] is False
    assert jobs["list-a-older"]["tasks"] == {
        "active": 0,
        "running": 0,
        "succeeded": 1,
        "failed": 1,
    }


def test_a_job_tells_what_it_makes_and_only_the_newest_are_listed(
    batchff: Batchff, service: BatchClient
) -> None:
    Path("song.wav").write_bytes(silence())
    Path("empty.wav").touch()
    batchff(
        "submit",
        "song.wav",
        "empty.wav",
        "--preset",
        "mp3",
        "--set",
        "quality=7",
        "--job",
        "list-d-preset",
    )
    batchff(
        "submit", "song.wav", "--suffix", ".wav", "--job", "list-e-line", "--", "-c:a", "pcm_s16le"
    )

    listed = batchff("--json", "job", "list").result["jobs"]
    asked = {job["job"]: (job["preset"], job["asked_for"]) for job in listed}
    assert asked["list-d-preset"] == ("mp3", "mp3 quality=7")
    assert asked["list-e-line"] == ("custom", "-c:a pcm_s16le")
    assert re.search(
        r"list-d-preset .* 1 file, 1 not made, or in part\n", batchff("job", "list").out
    )
    newest = batchff("job", "list", "--limit", "1").out
    assert re.match(r"list-e-line +completed +\S+ \S+ +-c:a pcm_s16le +1 file\n", newest)
    assert re.search(r"^and \d+ older jobs?; to see more: ", newest, re.MULTILINE)
    assert batchff("--json", "job", "list", "--limit", "1").result["older"] >= 1
