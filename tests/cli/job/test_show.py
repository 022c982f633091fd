"""`batchff job show`."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from azure.batch import BatchClient, models

from tests.commands import Batchff
from tests.emulator.running import wait_until
from tests.foreign import Task, after, make_job, make_pool, wait_for_end


def without_times(text: str) -> str:
    """A job's text without what is another each time."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z", "TIME", text)
    text = re.sub(r"after \d+s$", "after SOME", text, flags=re.MULTILINE)
    return re.sub(r"0\.\d\d\d\d ", "HOURS ", text)


def test_a_job_of_another_program_is_shown(batchff: Batchff, service: BatchClient) -> None:
    job = make_job(
        service,
        "show-theirs",
        make_pool(service),
        Task(id="1", display_name="scenes/one", command_line="true"),
        Task(id="2", display_name="scenes/two", command_line="sh -c 'exit 12'"),
        Task(id="join", command_line="true", depends_on=after(ranges=[(1, 2)])),
        dependencies=True,
    )
    wait_for_end(service, job, "1", "2")

    ran = batchff("job", "show", job)

    assert ran.code == 0
    assert (
        without_times(ran.out)
        == """\
job          show-theirs
state        active
pool         foreign
preset       none: another program made the job
made         TIME
tasks        3: 1 succeeded, 1 failed, 1 waiting
node-hours   HOURS of standard_d2s_v5
             the tasks' share of their nodes; booting and idle nodes come on top
failed       scenes/two: exit code 12 (FailureExitCode)
unreachable  join
             their logs: batchff logs show-theirs
             they never run; stop the job with: batchff job stop show-theirs
"""
    )


def test_a_job_of_batchffs_is_shown_with_its_end(batchff: Batchff, service: BatchClient) -> None:
    limits = models.BatchJobConstraints(max_wall_clock_time=timedelta(hours=26))
    damaged = "sh -c 'exit 14'"
    commands = ["true", *[damaged] * 8, "sh -c 'exit 17'", *[damaged] * 3]
    job = make_job(service, "show-ours", make_pool(service), *commands, ours=True, limits=limits)
    service.update_job(job, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))
    wait_until(lambda: service.get_job(job).state == "completed")

    ran = batchff("job", "show", job)

    lines = without_times(ran.out).splitlines()
    assert lines[:8] == [
        "job          show-ours",
        "state        completed: all its tasks have ended",
        "pool         foreign",
        "preset       mp3",
        "made         TIME",
        "ended        TIME, after SOME",
        "limits       the job ends 1d 2h after it was made",
        "             a task is tried at most 2 times, for 20m each",
    ]
    assert lines[8] == "tasks        13: 1 encoded, 12 failed"
    assert lines[11] == "failed       task-1: the output doesn't decode without an error"
    assert lines[-4:] == [
        "             and 2 more",
        "             their logs: batchff logs show-ours",
        "             repair the files that ffmpeg fails on, then: batchff upload PATH",
        "             encode the failed files again with: batchff job retry show-ours",
    ]
    assert max(map(len, lines)) <= 80


def test_a_job_without_all_its_tasks_is_shown_with_what_adds_them(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service, "show-short", nodes=0)
    short = make_job(service, "show-short", pool, "true", ours=True, files=3)
    retry = make_job(
        service, "show-short-retry", pool, "true", ours=True, files=2, first_job="show-short"
    )
    ended = make_job(service, "show-ended", pool, "true", ours=True, files=2)
    batchff("job", "stop", ended, "--yes")
    wait_until(lambda: service.get_job(ended).state == "completed")
    sealed = make_job(service, "show-sealed", pool, "true", ours=True, files=2)
    service.update_job(sealed, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))

    def told(job: str) -> tuple[str, ...]:
        lines = batchff("job", "show", job).out.splitlines()
        place = next((place for place, line in enumerate(lines) if line.startswith("to add")), None)
        return () if place is None else tuple(line[13:] for line in lines[place : place + 2])

    assert told(short) == (
        "2 tasks",
        "if its submit was interrupted, the same command continues it",
    )
    assert told(retry) == (
        "1 task",
        "if its retry was interrupted, continue with: batchff job retry show-short",
    )
    assert told(ended) == (
        "1 task",
        "it ended without them: submit their files as another job",
    )
    assert told(sealed) == (), "the other task was taken out by a retry"
    listed = batchff("job", "list").out
    for job, says in {short: "3 files, 1 to go, 2 to add", sealed: "2 files, 1 to go"}.items():
        assert re.search(f"^{job} .* {says}$", listed, re.MULTILINE)
    assert listed.endswith(
        "\nwhere a submit was interrupted, see what adds the rest with: batchff job show JOB\n"
    )
    jobs = {job["job"]: job for job in batchff("--json", "job", "list").result["jobs"]}
    assert [jobs[job]["tasks_to_add"] for job in (short, retry, ended, sealed)] == [2, 1, 1, 0]
    data = batchff("--json", "job", "show", short).result
    assert (data["files"], data["tasks_to_add"], data["retries"]) == (3, 2, [retry])


def test_node_hours_are_the_tasks_share_of_their_nodes_and_cost_what_the_profile_says(
    batchff: Batchff, service: BatchClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHFF_PRICES_CURRENCY", "EUR")
    monkeypatch.setenv("BATCHFF_SPOT_PRICES_STANDARD_D2S_V5", "3600")
    pool = make_pool(service, "show-spot", nodes=0, spot=1, slots=4)
    twice = models.BatchTaskConstraints(max_task_retry_count=1)
    job = make_job(
        service,
        "show-spot",
        pool,
        Task(id="one", command_line="sleep 0.4"),
        Task(id="two", command_line="sleep 0.4", required_slots=2),
        Task(id="bad", command_line="false", constraints=twice),
    )
    wait_for_end(service, job, "one", "two", "bad")

    shown = batchff("--json", "job", "show", job).result
    text = batchff("job", "show", job).out

    infos = {task.id: task.execution_info for task in service.list_tasks(job)}
    seconds = {
        name: (info.end_time - info.start_time).total_seconds()
        for name, info in infos.items()
        if info and info.start_time and info.end_time
    }
    assert shown["task_seconds"] == pytest.approx(sum(seconds.values()), abs=0.01)
    share = (seconds["one"] + 2 * seconds["two"] + seconds["bad"]) / 4
    assert shown["node_seconds"] == {"dedicated": 0, "spot": pytest.approx(share, abs=0.01)}
    assert shown["cost"] == {"amount": pytest.approx(share, abs=0.01), "currency": "EUR"}
    assert shown["earlier_attempts"] == 1
    assert "1 earlier attempt isn't counted: the service keeps no times" in text
    assert re.search(r"^cost +0\.\d+ EUR, by the profile's prices$", text, re.MULTILINE)


def test_without_its_pool_a_job_of_another_programs_has_no_node_hours(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service, "show-gone")
    job = make_job(service, "show-gone", pool, "true")
    wait_for_end(service, job, "task-0")
    service.begin_delete_pool(pool, polling_interval=0).wait()

    ran = batchff("job", "show", job)

    assert "pool         show-gone (deleted)\n" in ran.out
    assert "unknown: 0.0" in ran.out
    assert batchff("--json", "job", "show", job).result["node_seconds"] is None


def test_a_job_that_nobody_watched_is_shown_with_the_fault_of_its_arguments(
    batchff: Batchff, service: BatchClient
) -> None:
    refused = "sh -c 'echo Unrecognized option slowx >&2; exit 12'"
    job = make_job(service, "show-refused", make_pool(service), *[refused] * 2, ours=True)
    wait_for_end(service, job, "task-0", "task-1")

    ran = batchff("job", "show", job)

    lines = ran.out.splitlines()
    assert lines[-7:] == [
        "failed       task-0: ffmpeg refuses its arguments",
        "             task-1: ffmpeg refuses its arguments",
        "             their logs: batchff logs show-refused",
        "             the fault is in ffmpeg's arguments, not in the files",
        "             check a preset of your own with: batchff preset check FILE",
        "             then submit again, without --no-try; uploads are kept",
        "             if the nodes' ffmpeg lacks something, choose another: --ffmpeg",
    ]
    assert max(map(len, lines)) <= 80
    failures = batchff("--json", "job", "show", job).result["failures"]
    assert {each["arguments_at_fault"] for each in failures} == {True}
    assert {each["input_at_fault"] for each in failures} == {False}
