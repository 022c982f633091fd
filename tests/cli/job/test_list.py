"""`batchff job list`."""

from __future__ import annotations

import re

from azure.batch import BatchClient

from tests.commands import Batchff
from tests.foreign import make_job, make_pool, wait_for_end


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
        "list-b-newer active TIME 3 files, 1 to go, 2 to add",
        "list-a-older active TIME 2 files, 1 failed",
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
