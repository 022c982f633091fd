"""`batchff logs`: what a task said, from its node and from where it was sent."""

from __future__ import annotations

import os

import pytest
from azure.batch import BatchClient, models
from azure.storage.blob import BlobServiceClient, ContainerClient

from batchff.emulator.launch import Connection
from tests.commands import Batchff
from tests.foreign import Task, make_job, make_pool, wait_for_end

SAYS = "sh -c 'echo $0 said it >&2; echo $0 wrote it' {}"


@pytest.fixture
def outputs(account: Connection) -> ContainerClient:
    service = BlobServiceClient.from_connection_string(account.storage_connection_string)
    return service.create_container(os.environ["BATCHFF_OUTPUT_CONTAINER"])


def test_a_task_is_found_by_its_id_or_by_a_piece_of_its_files_name(
    batchff: Batchff, service: BatchClient
) -> None:
    files = {"one": "a/city.mp4", "two": "b/city.mp4", "three": "b/my harbour.mov", "four": "x/3"}
    tasks = [
        Task(id=task, display_name=file, command_line=SAYS.format(task))
        for task, file in files.items()
    ]
    job = make_job(service, "logs-find", make_pool(service), *tasks)
    wait_for_end(service, job, *files)

    for wanted, task in {
        "TWO": "two",
        "a/city.mp4": "one",
        "my harbour.mov": "three",
        "a/": "one",
        ".mov": "three",
        "fou": "four",
    }.items():
        ran = batchff("logs", job, wanted)
        assert (ran.code, ran.out, ran.err) == (0, f"{task} said it\n", "")
    assert batchff("logs", job, "one", "--stdout").out == "one wrote it\n"

    several = batchff("logs", job, "city.mp4")
    assert several.code == 2
    assert several.err == (
        "error: 'city.mp4' could be 'a/city.mp4', 'b/city.mp4' (give more of the name)\n"
    )
    none = batchff("logs", job, "town.mp4")
    assert none.code == 1
    assert none.err == (
        "error: job 'logs-find' has no task 'town.mp4' "
        "(its failed tasks: batchff job show logs-find)\n"
    )


def test_without_a_task_those_that_failed_are_shown(batchff: Batchff, service: BatchClient) -> None:
    job = make_job(
        service,
        "logs-failed",
        make_pool(service),
        "true",
        "sh -c 'echo from https://a/b?sig=secret >&2; exit 3'",
        "sh -c 'printf no-end >&2; exit 4'",
    )
    wait_for_end(service, job, "task-0", "task-1", "task-2")

    ran = batchff("logs", job)
    as_json = batchff("--json", "logs", job)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "==> task-1: exit code 3 (FailureExitCode)\n"
        "from https://a/b?sig=REDACTED\n"
        "==> task-2: exit code 4 (FailureExitCode)\n"
        "no-end\n"
    )
    assert as_json.result == {"job": job, "tasks": 2, "lines": 2, "retried": 0}
    assert [(event["event"], event.get("line")) for event in as_json.events[:2]] == [
        ("log.started", None),
        ("log.line", "from https://a/b?sig=REDACTED"),
    ]


def test_where_nothing_failed_it_says_so(batchff: Batchff, service: BatchClient) -> None:
    job = make_job(service, "logs-fine", make_pool(service), "true")
    wait_for_end(service, job, "task-0")
    ran = batchff("logs", job)
    assert (ran.code, ran.out) == (0, "no task of job logs-fine has failed\n")


def test_where_all_that_failed_was_retried_it_says_where(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service)
    first = make_job(service, "logs-again", pool, "true", "false", "false", ours=True)
    wait_for_end(service, first, "task-1", "task-2")
    both = (Task(id="task-1", command_line="true"), Task(id="task-2", command_line="false"))
    second = make_job(service, "logs-again-retry", pool, *both, ours=True, first_job=first)
    wait_for_end(service, second, "task-1", "task-2")
    assert batchff("logs", first).out == "==> task-2: exit code 1 (FailureExitCode)\n"
    waits = make_pool(service, "logs-again", nodes=0)
    again = Task(id="task-2", command_line="true")
    third = make_job(service, "logs-again-retry-2", waits, again, ours=True, first_job=first)

    def told(job: str) -> str:
        return batchff("logs", job).out

    assert told(first) == (
        "nothing is failed in job logs-again: what had failed (2 tasks) was retried in "
        "logs-again-retry, logs-again-retry-2, and hasn't failed since\n"
    )
    assert told(second) == (
        "nothing is failed in job logs-again-retry: what had failed (1 task) was retried in "
        "logs-again-retry-2, and hasn't failed since\n"
    )
    assert told(third) == "no task of job logs-again-retry-2 has failed\n"
    data = batchff("--json", "logs", first).result
    assert data == {"job": first, "tasks": 0, "lines": 0, "retried": 2}


def test_a_running_task_is_followed_to_its_end_through_its_attempts(
    batchff: Batchff, service: BatchClient
) -> None:
    twice = models.BatchTaskConstraints(max_task_retry_count=1)
    slow = "sh -c 'echo begins >&2; sleep 0.6; printf halfw >&2; sleep 0.4; echo ay >&2; exit 1'"
    job = make_job(
        service,
        "logs-follow",
        make_pool(service),
        Task(id="slow", command_line=slow, constraints=twice),
    )

    ran = batchff("logs", job, "slow", "--follow")

    assert ran.code == 0
    assert ran.out == "begins\nhalfway\nbegins\nhalfway\n"
    assert ran.err == "slow was started anew\n"
    assert service.get_task(job, "slow").state == "completed"


def test_what_a_completed_task_has_sent_is_read_from_there(
    batchff: Batchff, service: BatchClient, outputs: ContainerClient
) -> None:
    job = make_job(service, "logs-sent", make_pool(service), SAYS.format("node"), ours=True)
    wait_for_end(service, job, "task-0")
    assert batchff("logs", job, "task-0").out == "node said it\n"

    log = f"{'frame ' * 1000}\n" * 200  # more than what is read at a time
    outputs.upload_blob("logs-sent/logs/task-0/stderr.txt", log)
    outputs.upload_blob("logs-sent/logs/task-0/stdout.txt", "")

    assert batchff("logs", job, "task-0").out == log
    assert batchff("logs", job, "task-0", "-f").out == log
    assert batchff("logs", job, "task-0", "--stdout").out == ""


def test_a_log_that_isnt_there_is_told_with_the_reason(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service, "logs-none", nodes=0)
    job = make_job(service, "logs-none", pool, "true", "true")
    service.terminate_task(job, "task-0")

    waits = batchff("logs", job, "task-1")
    ended = batchff("logs", job, "task-0")
    failed = batchff("logs", job)

    assert waits.code == 1
    assert waits.err == (
        "error: there is no stderr.txt of 'task-1': it hasn't started "
        "(wait for it with: batchff logs -f logs-none task-1)\n"
    )
    assert ended.code == 1
    assert ended.err == "error: there is no stderr.txt of 'task-0': it never ran\n"
    assert failed.code == 0
    assert failed.err == "warning: there is no stderr.txt of 'task-0': it never ran\n"


def test_the_log_of_a_node_that_is_gone_is_told_to_be_gone(
    batchff: Batchff, service: BatchClient
) -> None:
    pool = make_pool(service, "logs-gone")
    job = make_job(service, "logs-gone", pool, "true")
    wait_for_end(service, job, "task-0")
    service.begin_delete_pool(pool, polling_interval=0).wait()

    ran = batchff("logs", job, "task-0")

    assert ran.code == 1
    assert ran.err == (
        "error: there is no stderr.txt of 'task-0': its node is gone, "
        "and only batchff's tasks send what they wrote\n"
    )


def test_following_needs_a_task(batchff: Batchff) -> None:
    ran = batchff("logs", "somejob", "-f")
    assert ran.code == 2
    assert ran.err == "error: --follow needs a task (as in: batchff logs -f somejob TASK)\n"


def test_an_unknown_job_has_no_logs(batchff: Batchff) -> None:
    ran = batchff("logs", "nowhere")
    assert ran.code == 1
    assert ran.err == "error: there is no job 'nowhere' (see: batchff job list --all)\n"
