from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from azure.batch import BatchClient, models
from azure.batch.models._models import BatchJobTerminateOptions  # exported nowhere else

from batchff.emulator.launch import Connection
from tests.commands import Batchff
from tests.foreign import IMAGE, Task, after, make_job, make_pool, wait_for_end
from tests.undecodable import undecodable


def test_completed_is_not_success(batchff: Batchff, service: BatchClient) -> None:
    pool = make_pool(service)
    job = make_job(service, "watch-truth", pool, "true", "sh -c 'echo it broke >&2; exit 7'")

    ran = batchff("--json", "watch", job, "--timeout", "1m")

    assert ran.code == 3
    assert (ran.result["succeeded"], ran.result["failed"]) == (1, 1)
    (failure,) = ran.result["failures"]
    assert failure["exit_code"] == 7
    assert "FailureExitCode" in failure["reason"]
    assert failure["log"] == ["it broke"]


def test_a_timeout_leaves_the_job_and_says_how_to_come_back(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service)
    job = make_job(service, "watch-timeout", pool, "sleep 600")

    ran = batchff("watch", job, "--timeout", "1s")

    assert ran.code == 4
    assert ran.err.splitlines()[-1] == (
        "error: job 'watch-timeout' isn't done after 1 s; it goes on "
        "(come back with: batchff watch watch-timeout)"
    )
    assert service.get_job(job).state == "active"


def test_the_first_counts_are_those_of_now(batchff: Batchff, service: BatchClient) -> None:
    job = make_job(service, "watch-first", make_pool(service), "true", "sleep 600")
    wait_for_end(service, job, "task-0")

    ran = batchff("--json", "watch", job, "--timeout", "1s")

    first = next(event for event in ran.events if event["event"] == "job.counts")
    assert (first["succeeded"], first["active"] + first["running"]) == (1, 1)


def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(
    account: Connection, service: BatchClient
) -> None:
    pool = make_pool(service)
    job = make_job(service, "watch-interrupt", pool, "sleep 600")
    watching = subprocess.Popen(
        [sys.executable, "-m", "batchff", "--json", "watch", job],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    watching.stdout.readline()  # it has looked once

    watching.send_signal(signal.SIGINT)
    out, _ = watching.communicate(timeout=30)

    assert watching.returncode == 130
    assert '"code": 130' in out.splitlines()[-1]
    assert "batchff watch watch-interrupt" in out.splitlines()[-1]
    assert service.get_job(job).state == "active"


def test_a_failed_start_task_is_told_with_its_words(batchff: Batchff, service: BatchClient) -> None:
    pool = make_pool(service, "watch-start", start="sh -c 'echo no such mirror >&2; exit 3'")
    job = make_job(service, "watch-start", pool, "true")

    ran = batchff("watch", job, "--timeout", "1m")

    assert ran.code == 1
    assert "pool 'watch-start' can't run a task: the start task failed on node" in ran.err
    assert "exit code 3" in ran.err
    assert "no such mirror" in ran.err


def test_a_pool_without_nodes_is_told(batchff: Batchff, service: BatchClient) -> None:
    pool = make_pool(service, "watch-empty", nodes=0)
    job = make_job(service, "watch-empty", pool, "true")

    ran = batchff("watch", job, "--timeout", "1m")

    assert ran.code == 1
    assert "pool 'watch-empty' can't run a task: it has no nodes" in ran.err


def test_a_pool_that_went_away_is_told(batchff: Batchff, service: BatchClient) -> None:
    job = make_job(service, "watch-gone", "no-such-pool", "true")

    ran = batchff("watch", job, "--timeout", "1m")

    assert ran.code == 1
    assert "pool 'no-such-pool' is gone" in ran.err


def test_a_job_that_ended_before_its_tasks_is_no_success(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service, "watch-ended", nodes=0)
    job = make_job(service, "watch-ended", pool, "true", "true")
    reason = BatchJobTerminateOptions(termination_reason="enough")
    service.begin_terminate_job(job, reason, polling_interval=0).wait()

    ran = batchff("watch", job)

    assert ran.code == 3
    assert ran.out == "job watch-ended: 0 succeeded, 2 not run\n"


def test_an_unknown_job_is_an_error(batchff: Batchff) -> None:
    ran = batchff("watch", "nowhere")

    assert ran.code == 1
    assert ran.err.startswith("error: there is no job 'nowhere'")


def test_a_terminal_is_safe_from_what_a_task_says(batchff: Batchff, service: BatchClient) -> None:
    pool = make_pool(service)
    job = make_job(service, "watch-escape", pool, r"sh -c 'printf \033[2Jgone >&2; exit 1'")

    ran = batchff("watch", job, "--timeout", "1m")

    assert "\x1b" not in ran.err
    assert "[2Jgone" in ran.err


def test_logs_of_a_task_outlive_its_node(batchff: Batchff, clips: Path) -> None:
    (clips / "notes.mp4").write_bytes(undecodable())
    batchff("submit", clips, "--include", "notes.mp4", "--job", "outlived")  # its pool is removed

    ran = batchff("watch", "outlived", "--verbose")

    assert ran.code == 3
    assert "Invalid data found when processing input" in ran.err


def test_what_waits_behind_a_failed_task_is_told_and_not_waited_for(
    batchff: Batchff, service: BatchClient
) -> None:
    job = make_job(
        service,
        "watch-behind",
        make_pool(service),
        Task(id="1", command_line="true"),
        Task(id="2", command_line="false"),
        Task(id="free", command_line="true", depends_on=after("1")),
        Task(id="join", command_line="true", depends_on=after(ranges=[(1, 2)])),
        Task(id="send", command_line="true", depends_on=after("JOIN", "free")),
        dependencies=True,
    )

    ran = batchff("watch", job, "--timeout", "1m")

    assert ran.code == 3
    assert ran.out == "job watch-behind: 2 succeeded, 1 failed, 2 unreachable\n"
    lines = ran.err.splitlines()
    assert "unreachable: 2 tasks wait for one that failed: join, send" in lines
    assert lines[-2:] == [
        "failed   1 × exit code 1 (FailureExitCode): 2",
        "tasks that depend on a failed one never run, and job watch-behind stays active; "
        "stop it with: batchff job stop watch-behind",
    ]

    again = batchff("--json", "watch", job, "--timeout", "1m")
    (told,) = (event for event in again.events if event["event"] == "tasks.unreachable")
    assert (told["tasks"], told["files"]) == (2, ["join", "send"])
    assert (again.result["unfinished"], again.result["unreachable"]) == (2, 2)


def test_a_failure_that_satisfies_those_behind_it_leaves_nobody_waiting(
    batchff: Batchff, service: BatchClient
) -> None:
    goes_on = models.ExitOptions(dependency_action="satisfy")
    conditions = models.ExitConditions(
        exit_codes=[models.ExitCodeMapping(code=3, exit_options=goes_on)]
    )
    job = make_job(
        service,
        "watch-satisfied",
        make_pool(service),
        Task(id="odd", command_line="sh -c 'exit 3'", exit_conditions=conditions),
        Task(id="bad", command_line="sh -c 'exit 4'", exit_conditions=conditions),
        Task(id="next", command_line="sleep 1", depends_on=after("odd")),
        Task(id="never", command_line="true", depends_on=after("next", "bad")),
        dependencies=True,
    )

    ran = batchff("watch", job, "--timeout", "1m")

    assert ran.code == 3
    assert ran.out == "job watch-satisfied: 1 succeeded, 2 failed, 1 unreachable\n"


def test_a_job_that_is_deleted_meanwhile_is_an_error(
    account: Connection, service: BatchClient
) -> None:
    job = make_job(service, "watch-deleted", make_pool(service), "sleep 600", ours=True)
    watching = subprocess.Popen(
        [sys.executable, "-m", "batchff", "--json", "watch", job],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    watching.stdout.readline()  # it has looked once

    service.begin_delete_job(job)
    out, _ = watching.communicate(timeout=30)

    assert watching.returncode == 1
    assert "job 'watch-deleted' was deleted while it was watched" in out.splitlines()[-1]
    assert "/watch-deleted/media" in out.splitlines()[-1]


@pytest.mark.parametrize(
    ("codes", "advice"),
    [
        ([17], ["encode the failed files again with: batchff job retry {job}"]),
        (
            [12],
            [
                "see what ffmpeg said with: batchff logs {job}",
                "repair the files that ffmpeg fails on, then: batchff upload PATH",
                "encode the repaired files with: batchff job retry {job}",
            ],
        ),
        (
            [12, 17],
            [
                "see what ffmpeg said with: batchff logs {job}",
                "repair the files that ffmpeg fails on, then: batchff upload PATH",
                "encode the failed files again with: batchff job retry {job}",
            ],
        ),
    ],
)
def test_the_advice_on_a_failure_is_by_its_cause(
    batchff: Batchff, service: BatchClient, codes: list[int], advice: list[str]
) -> None:
    name = "-".join(["watch-cause", *map(str, codes)])
    commands = [f"sh -c 'exit {code}'" for code in codes]
    job = make_job(service, name, make_pool(service), "true", *commands, ours=True)
    service.update_job(job, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))

    ran = batchff("watch", job, "--timeout", "1m")

    assert ran.code == 3
    assert ran.out == f"job {job}: 1 encoded, {len(codes)} failed\n"
    told = ran.err.splitlines()
    counts = told.index(f"1 file encoded, {len(codes)} failed")
    end = told[counts + 1 :]
    assert len(end) + 1 <= 10
    assert end[-len(advice) :] == [line.format(job=job) for line in advice]
    assert f"report: batchff report {job}" in end


def test_a_watch_goes_on_with_the_jobs_that_encode_again_what_failed(
    batchff: Batchff, service: BatchClient
) -> None:
    ends = models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob")
    pool = make_pool(service)
    first = make_job(service, "family", pool, "true", *["sh -c 'exit 17'"] * 2, ours=True)
    wait_for_end(service, first, "task-1", "task-2")
    service.update_job(first, ends)
    mended = Task(id="task-1", command_line="sleep 0.3")
    second = make_job(service, "family-retry", pool, mended, ours=True, first_job=first)
    service.update_job(second, ends)

    ran = batchff("--json", "watch", first, "--timeout", "1m")

    assert ran.code == 3
    assert (ran.result["job"], ran.result["retries"]) == (first, [second])
    assert (ran.result["succeeded"], ran.result["failed"]) == (2, 1)
    assert "job family-retry encodes 1 file again" in [
        event["message"] for event in ran.events if event["event"] == "notice"
    ]
    failed = [event["task"] for event in ran.events if event["event"] == "task.failed"]
    assert failed == ["task-2"], "of what was encoded again, only its end is told"
    last = [event for event in ran.events if event["event"] == "job.counts"][-1]
    assert (last["job"], last["succeeded"]) == (second, 1)
    log = batchff("logs", first).out
    assert log.startswith("==> task-2: the node's disk is full")
    assert "task-1" not in log

    again = Task(id="task-2", command_line="sleep 600")
    make_job(service, "family-retry-2", pool, again, ours=True, first_job=first)
    assert batchff("watch", second).code == 0, "nothing failed in it"
    waited = batchff("watch", first, "--timeout", "1s")
    assert waited.code == 4
    assert waited.err.splitlines()[-1] == (
        "error: job 'family-retry-2' isn't done after 1 s; it goes on "
        "(come back with: batchff watch family)"
    )


def test_a_pool_that_scales_itself_may_have_no_nodes_for_a_while(
    batchff: Batchff, service: BatchClient
) -> None:
    service.create_pool(
        models.BatchPoolCreateOptions(
            id="watch-scaled",
            vm_size="Standard_D2s_v5",
            virtual_machine_configuration=IMAGE,
            enable_auto_scale=True,
            auto_scale_formula="$TargetDedicatedNodes = 0;",
        )
    )
    job = make_job(service, "watch-scaled", "watch-scaled", "true")

    ran = batchff("watch", job, "--timeout", "1.5s")

    assert ran.code == 4
