from __future__ import annotations

from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.emulator.examples import code_of, completed, pool, task
from tests.emulator.running import Connection, wait_until


def _disable(service: Connection, job: str, tasks: str) -> Any:
    return service.send("POST", f"/jobs/{job}/disable", {"disableTasks": tasks})


def _running(client: BatchClient, job: str, command: str = "sleep 600") -> None:
    """Add a task and wait until it runs."""
    client.create_task(job, task("t", command))
    wait_until(lambda: client.get_task(job, "t").state == "running")


def _disabled(client: BatchClient, job: str) -> None:
    wait_until(lambda: client.get_job(job).state == "disabled")


def test_running_tasks_are_requeued_and_run_again_when_the_job_is_enabled(
    client: BatchClient, job: str
) -> None:
    mark = "$AZ_BATCH_NODE_SHARED_DIR/$AZ_BATCH_JOB_ID"
    _running(client, job, f"sh -c 'test -e {mark} || {{ touch {mark}; sleep 600; }}'")
    wait_until(lambda: client.get_task(job, "t").node_info)

    options = models.BatchJobDisableOptions(disable_tasks="requeue")
    client.begin_disable_job(job, options, polling_interval=0).result()

    waiting = client.get_task(job, "t")
    assert waiting.state == "active" and waiting.execution_info is not None
    assert waiting.execution_info.requeue_count == 1
    disabled = client.get_job(job)
    assert (disabled.state, disabled.previous_state) == ("disabled", "disabling")

    client.create_task(job, task("added"))
    client.begin_enable_job(job, polling_interval=0).result()

    enabled = client.get_job(job)
    assert (enabled.state, enabled.previous_state) == ("active", "enabling")
    assert enabled.state_transition_time is not None and disabled.state_transition_time is not None
    assert enabled.state_transition_time > disabled.state_transition_time
    completed(client, job, "added")


def test_running_tasks_are_terminated(service: Connection, client: BatchClient, job: str) -> None:
    _running(client, job)

    assert _disable(service, job, "Terminate").status == 202
    _disabled(client, job)

    info = client.get_task(job, "t").execution_info
    assert info is not None and info.failure_info is not None
    assert info.failure_info.code == "TaskEnded"


def test_running_tasks_are_waited_for(
    service: Connection, client: BatchClient, job: str, tmp_path: Any
) -> None:
    mark = tmp_path / "mark"
    _running(client, job, f"sh -c 'while ! test -e {mark}; do sleep 0.02; done'")

    _disable(service, job, "wait")
    client.create_task(job, task("later"))
    assert client.get_job(job).state == "disabling"
    early = service.send("POST", f"/jobs/{job}/enable")
    assert (early.status, code_of(early)) == (409, "OperationInvalidForCurrentState")

    mark.touch()
    _disabled(client, job)
    assert client.get_task(job, "t").state == "completed"
    assert client.get_task(job, "later").state == "active"


def test_a_job_that_waits_can_be_told_not_to(
    service: Connection, client: BatchClient, job: str
) -> None:
    _running(client, job)
    _disable(service, job, "wait")

    assert _disable(service, job, "terminate").status == 202

    _disabled(client, job)
    assert client.get_task(job, "t").state == "completed"


def test_disabling_twice_changes_nothing(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    _disable(service, idle_job, "requeue")
    before = client.get_job(idle_job)

    assert _disable(service, idle_job, "wait").status == 202

    assert client.get_job(idle_job) == before


def test_a_disabled_job_can_get_another_pool(
    service: Connection, client: BatchClient, idle_job: str, name: str
) -> None:
    client.create_task(idle_job, task("t"))
    client.create_pool(pool(name))
    other = models.BatchJobUpdateOptions(pool_info=models.BatchPoolInfo(pool_id=name))
    path, body = f"/jobs/{idle_job}", {"poolInfo": {"poolId": name}}
    assert service.send("PATCH", path, body).status == 409

    _disable(service, idle_job, "requeue")
    client.update_job(idle_job, other)
    client.begin_enable_job(idle_job, polling_interval=0).result()

    done = completed(client, idle_job, "t")
    assert done.node_info is not None and done.node_info.pool_id == name
    info = client.get_job(idle_job).execution_info
    assert info is not None and info.pool_id == name


def test_a_disabled_job_can_be_terminated(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))
    _disable(service, idle_job, "requeue")

    assert service.send("POST", f"/jobs/{idle_job}/terminate").status == 202

    assert client.get_job(idle_job).state == "completed"
    assert client.get_task(idle_job, "t").state == "active"


def test_all_is_complete_only_once_the_job_is_enabled(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))
    mode = models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob")
    client.update_job(idle_job, mode)
    _disable(service, idle_job, "requeue")
    client.delete_task(idle_job, "t")
    assert client.get_job(idle_job).state == "disabled"

    service.send("POST", f"/jobs/{idle_job}/enable")

    assert client.get_job(idle_job).state == "completed"


@pytest.mark.parametrize(
    ("action", "body"), [("disable", {"disableTasks": "wait"}), ("enable", "")]
)
def test_what_has_ended_is_neither_disabled_nor_enabled(
    service: Connection, idle_job: str, action: str, body: Any
) -> None:
    service.send("POST", f"/jobs/{idle_job}/terminate")

    response = service.send("POST", f"/jobs/{idle_job}/{action}", body or None)

    assert (response.status, code_of(response)) == (409, "JobCompleted")


def test_what_is_active_is_not_enabled(service: Connection, idle_job: str) -> None:
    response = service.send("POST", f"/jobs/{idle_job}/enable")

    assert (response.status, code_of(response)) == (409, "OperationInvalidForCurrentState")


def test_conditions_are_kept(service: Connection, client: BatchClient, idle_job: str) -> None:
    old = client.get_job(idle_job).etag
    client.update_job(idle_job, models.BatchJobUpdateOptions(priority=1))
    headers = {"If-Match": old or ""}

    response = service.send(
        "POST", f"/jobs/{idle_job}/disable", {"disableTasks": "wait"}, headers=headers
    )

    assert (response.status, code_of(response)) == (412, "ConditionNotMet")
    assert client.get_job(idle_job).state == "active"
