from __future__ import annotations

from pathlib import Path

import pytest
from azure.batch import BatchClient

from tests.commands import Batchff
from tests.foreign import make_job, make_pool, wait_for_end


@pytest.mark.parametrize("command", ["watch", "download", "logs"])
def test_without_a_job_it_is_the_newest_and_says_which(
    command: str, batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service)
    older, newest = (f"{command}-{name}" for name in ("older", "newest"))
    for job in (older, newest):
        make_job(service, job, pool, "true", ours=True)
    make_job(service, f"{command}-theirs", pool, "true")
    wait_for_end(service, newest, "task-0")
    batchff("job", "stop", newest, "--yes")

    ran = batchff(command)

    assert ran.code == 0
    assert f"job: {newest}, the newest\n" in ran.err
    as_json = batchff(command, "--json")
    assert as_json.events[0]["message"] == f"job: {newest}, the newest"
    assert newest in str(as_json.result)


def test_where_no_job_was_made_there_is_no_newest(run: Batchff, tmp_path: Path) -> None:
    try:
        ran = run("download")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.splitlines()[-1] == (
            "error: there is no job yet (start one: batchff submit PATH)"
        )
    finally:
        run("emulator", "stop")


@pytest.mark.parametrize("command", ["watch", "download", "logs", "job show", "job retry"])
def test_the_beginning_of_several_ids_is_refused_with_their_names(
    command: str, batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service)
    name = f"several-{command.replace(' ', '-')}"
    for number in range(7):
        make_job(service, f"{name}-{number}", pool, "true", ours=True)

    ran = batchff(*command.split(), name)

    assert (ran.code, ran.out) == (2, "")
    names = ", ".join(f"{name}-{number}" for number in range(5))
    assert ran.err == (f"error: job '{name}' could be {names} and 2 more (give more of the id)\n")
    assert batchff("job", "show", f"{name}-3").out.startswith(f"job          {name}-3\n")


def test_the_beginning_of_one_id_is_enough(batchff: Batchff, service: BatchClient) -> None:
    job = make_job(service, "beginning-b7207", make_pool(service), "true", ours=True)
    wait_for_end(service, job, "task-0")
    assert batchff("job", "show", "beginning").out.startswith(f"job          {job}\n")
    assert batchff("--json", "logs", "beginning-b").result["job"] == job
    assert batchff("--json", "download", "beginning").result["job"] == job
