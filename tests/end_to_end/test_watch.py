from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from azure.batch import BatchClient, models
from azure.batch.models._models import BatchJobTerminateOptions  # exported nowhere else
from azure.core.credentials import AzureNamedKeyCredential

from batchff.emulator.launch import Connection
from tests.end_to_end.conftest import Batchff

IMAGE = models.VirtualMachineConfiguration(
    image_reference=models.BatchVmImageReference(
        publisher="canonical", offer="ubuntu-24_04-lts", sku="server"
    ),
    node_agent_sku_id="batch.node.ubuntu 24.04",
)


@pytest.fixture
def service(account: Connection) -> BatchClient:
    """The Batch account, for what another program than batchff would do in it."""
    credential = AzureNamedKeyCredential(account.batch_account, account.batch_key)
    return BatchClient(account.batch_endpoint, credential)


def make_pool(service: BatchClient, pool: str, *, nodes: int = 1, start: str = "true") -> str:
    service.create_pool(
        models.BatchPoolCreateOptions(
            id=pool,
            vm_size="Standard_D2s_v5",
            virtual_machine_configuration=IMAGE,
            target_dedicated_nodes=nodes,
            start_task=models.BatchStartTask(command_line=start, wait_for_success=True),
        )
    )
    return pool


def make_job(service: BatchClient, job: str, pool: str, *commands: str) -> str:
    service.create_job(
        models.BatchJobCreateOptions(id=job, pool_info=models.BatchPoolInfo(pool_id=pool))
    )
    service.create_tasks(
        job,
        [
            models.BatchTaskCreateOptions(id=f"task-{number}", command_line=command)
            for number, command in enumerate(commands)
        ],
    )
    return job


def test_completed_is_not_success(batchff: Batchff, service: BatchClient) -> None:
    pool = make_pool(service, "watch-truth")
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
    pool = make_pool(service, "watch-timeout")
    job = make_job(service, "watch-timeout", pool, "sleep 600")

    ran = batchff("watch", job, "--timeout", "1s")

    assert ran.code == 4
    assert ran.err.splitlines()[-1] == (
        "error: job 'watch-timeout' isn't done after 1 s; it goes on "
        "(come back with: batchff watch watch-timeout)"
    )
    assert service.get_job(job).state == "active"
    service.begin_delete_job(job)


def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(
    account: Connection, service: BatchClient
) -> None:
    pool = make_pool(service, "watch-interrupt")
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
    service.begin_delete_job(job)


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
    assert ran.out == "job watch-ended: 0 encoded, 2 not run\n"


def test_an_unknown_job_is_an_error(batchff: Batchff) -> None:
    ran = batchff("watch", "nowhere")

    assert ran.code == 1
    assert ran.err.startswith("error: there is no job 'nowhere'")


def test_a_terminal_is_safe_from_what_a_task_says(batchff: Batchff, service: BatchClient) -> None:
    pool = make_pool(service, "watch-escape")
    job = make_job(service, "watch-escape", pool, r"sh -c 'printf \033[2Jgone >&2; exit 1'")

    ran = batchff("watch", job, "--timeout", "1m")

    assert "\x1b" not in ran.err
    assert "[2Jgone" in ran.err


def test_logs_of_a_task_outlive_its_node(batchff: Batchff, clips: Path) -> None:
    (clips / "notes.mp4").write_text("This is not a video.\n")
    batchff("submit", clips, "--include", "notes.mp4", "--job", "outlived")  # its pool is removed

    ran = batchff("watch", "outlived")

    assert ran.code == 3
    assert "Invalid data found when processing input" in ran.err
