from __future__ import annotations

from pathlib import Path

import pytest
from azure.batch import BatchClient, models
from azure.batch.models._models import (
    BatchNodeDeallocateOptions,
    BatchNodeRebootOptions,
    BatchNodeReimageOptions,
)

from tests.emulator.batch.one_node import node_of, nodes_of, ready_node, run_task, waiting_for
from tests.emulator.examples import code_of, completed, job, output, pool, task, values_of
from tests.emulator.running import Connection, wait_until

_COUNT = "sh -c 'echo started >> $AZ_BATCH_NODE_SHARED_DIR/starts'"

_REBOOT = BatchNodeRebootOptions(node_reboot_kind="requeue")
_REIMAGE = BatchNodeReimageOptions(node_reimage_option="requeue")


def test_a_rebooted_node_runs_its_start_task_again_and_keeps_its_files(
    client: BatchClient, name: str
) -> None:
    start = models.BatchStartTask(command_line=_COUNT, wait_for_success=True)
    before = ready_node(client, name, start_task=start)

    client.begin_reboot_node(name, before.id, _REBOOT, polling_interval=0).result()
    wait_until(lambda: node_of(client, name).state == "idle")

    after = node_of(client, name)
    assert after.id == before.id
    assert after.last_boot_time is not None and before.last_boot_time is not None
    assert after.last_boot_time > before.last_boot_time
    assert after.allocation_time == before.allocation_time
    starts = b"".join(client.download_node_file(name, after.id, "shared/starts"))
    assert starts == b"started\nstarted\n"


def test_a_reimaged_node_has_lost_its_disk(client: BatchClient, name: str) -> None:
    start = models.BatchStartTask(command_line=_COUNT, wait_for_success=True)
    node = ready_node(client, name, start_task=start)
    client.create_job(job(name, name))
    client.create_task(name, task("t"))
    completed(client, name, "t")
    wait_until(lambda: node_of(client, name).state == "idle")

    client.begin_reimage_node(name, node.id, _REIMAGE, polling_interval=0).result()
    wait_until(lambda: node_of(client, name).state == "idle")

    starts = b"".join(client.download_node_file(name, node.id, "shared/starts"))
    assert starts == b"started\n"
    assert client.get_task(name, "t").state == "completed"
    client.create_task(name, task("next", "ls ../../../.."))
    completed(client, name, "next")
    assert output(client, name, "next").split() == [name]


def test_a_start_task_that_was_changed_runs_after_a_reboot(client: BatchClient, name: str) -> None:
    node = ready_node(client, name)
    start = models.BatchStartTask(command_line="sh -c 'echo new'", wait_for_success=True)
    client.update_pool(name, models.BatchPoolUpdateOptions(start_task=start))
    assert node_of(client, name).start_task is None

    client.begin_reboot_node(name, node.id, _REBOOT, polling_interval=0).result()
    wait_until(lambda: node_of(client, name).state == "idle")

    assert b"".join(client.download_node_file(name, node.id, "startup/stdout.txt")) == b"new\n"


@pytest.mark.parametrize("action", ["reboot", "reimage"])
@pytest.mark.parametrize(
    ("option", "result", "requeues"), [("requeue", "success", 1), ("terminate", "failure", 0)]
)
def test_a_restart_takes_running_tasks_off_the_node(
    service: Connection,
    client: BatchClient,
    name: str,
    tmp_path: Path,
    action: str,
    option: str,
    result: str,
    requeues: int,
) -> None:
    node = ready_node(client, name)
    go = tmp_path / "go"
    run_task(client, name, waiting_for(go))

    field = "nodeRebootOption" if action == "reboot" else "nodeReimageOption"
    answer = service.send("POST", f"/pools/{name}/nodes/{node.id}/{action}", {field: option})
    go.touch()

    assert answer.status == 202
    info = completed(client, name, "t").execution_info
    assert info is not None
    assert (info.result, info.requeue_count) == (result, requeues)
    assert (info.failure_info is not None) is (option == "terminate")
    wait_until(lambda: node_of(client, name).state == "idle")


@pytest.mark.parametrize(
    ("action", "state", "code"),
    [
        ("reboot", "rebooting", "NodeBeingRebooted"),
        ("reimage", "reimaging", "NodeBeingReimaged"),
    ],
)
def test_a_restart_can_wait_for_running_tasks(
    service: Connection,
    client: BatchClient,
    name: str,
    tmp_path: Path,
    action: str,
    state: str,
    code: str,
) -> None:
    node = ready_node(client, name)
    go = tmp_path / "go"
    run_task(client, name, waiting_for(go))
    client.create_task(name, task("next"))
    path = f"/pools/{name}/nodes/{node.id}/{action}"
    field = "nodeRebootOption" if action == "reboot" else "nodeReimageOption"

    service.send("POST", path, {field: "taskcompletion"})
    again = service.send("POST", path)

    assert node_of(client, name).state == state
    assert (again.status, code_of(again)) == (409, code)
    assert client.get_task(name, "t").state == "running"
    assert client.get_task(name, "next").state == "active"
    go.touch()
    for each in ("t", "next"):
        info = completed(client, name, each).execution_info
        assert info is not None and (info.result, info.requeue_count) == ("success", 0)


def test_a_node_whose_start_task_failed_is_not_restarted(
    service: Connection, client: BatchClient, name: str
) -> None:
    start = models.BatchStartTask(command_line="false", wait_for_success=True)
    client.create_pool(pool(name, nodes=1, start_task=start))
    wait_until(lambda: [node.state for node in nodes_of(client, name)] == ["starttaskfailed"])

    answer = service.send("POST", f"/pools/{name}/nodes/{node_of(client, name).id}/reboot")

    assert (answer.status, code_of(answer)) == (409, "NodeStateUnusable")


def test_a_node_with_scheduling_disabled_gets_no_task_until_it_is_enabled(
    client: BatchClient, name: str
) -> None:
    node = ready_node(client, name)
    client.disable_node_scheduling(
        name,
        node.id,
        models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="requeue"),
    )
    wait_until(lambda: node_of(client, name).state == "offline")
    client.create_job(job(name, name))
    client.create_task(name, task("t"))

    disabled = node_of(client, name)
    assert disabled.scheduling_state == "disabled"
    counts = next(iter(client.list_pool_node_counts(filter=f"poolId eq '{name}'")))
    assert counts.dedicated is not None and counts.dedicated.offline == 1
    assert client.get_task(name, "t").state == "active"

    client.enable_node_scheduling(name, node.id)

    completed(client, name, "t")
    enabled = node_of(client, name)
    assert enabled.scheduling_state == "enabled"


@pytest.mark.parametrize(
    ("option", "state", "requeues"),
    [("requeue", "active", 1), ("terminate", "completed", 0)],
)
def test_disabling_scheduling_takes_running_tasks_off_the_node(
    client: BatchClient, name: str, option: str, state: str, requeues: int
) -> None:
    node = ready_node(client, name)
    run_task(client, name)

    options = models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option=option)
    client.disable_node_scheduling(name, node.id, options)
    wait_until(lambda: node_of(client, name).state == "offline")

    after = client.get_task(name, "t")
    assert after.state == state
    assert after.execution_info is not None
    assert after.execution_info.requeue_count == requeues


def test_disabling_scheduling_can_wait_for_running_tasks(
    client: BatchClient, name: str, tmp_path: Path
) -> None:
    node = ready_node(client, name)
    go = tmp_path / "go"
    run_task(client, name, waiting_for(go))

    client.disable_node_scheduling(
        name,
        node.id,
        models.BatchNodeDisableSchedulingOptions(node_disable_scheduling_option="taskcompletion"),
    )
    waiting = node_of(client, name)
    go.touch()

    assert (waiting.state, waiting.scheduling_state) == ("running", "disabled")
    info = completed(client, name, "t").execution_info
    assert info is not None and info.result == "success"
    wait_until(lambda: node_of(client, name).state == "offline")


def test_scheduling_is_disabled_and_enabled_once(
    service: Connection, client: BatchClient, name: str
) -> None:
    node = f"/pools/{name}/nodes/{ready_node(client, name).id}"

    answers = [
        service.send("POST", f"{node}/{action}scheduling")
        for action in ("enable", "disable", "disable", "enable")
    ]

    assert [answer.status for answer in answers] == [409, 200, 409, 200]
    assert code_of(answers[0]) == code_of(answers[2]) == "NodeAlreadyInTargetSchedulingState"


def test_chosen_nodes_are_removed_and_not_replaced(client: BatchClient, name: str) -> None:
    ready_node(client, name, nodes=3)
    first, kept, last = nodes_of(client, name)

    client.begin_remove_nodes(
        name, models.BatchNodeRemoveOptions(node_ids=[first.id, last.id]), polling_interval=0
    ).result()

    wait_until(lambda: client.get_pool(name).allocation_state == "steady")
    assert [node.id for node in nodes_of(client, name)] == [kept.id]
    after = client.get_pool(name)
    assert (after.current_dedicated_nodes, after.target_dedicated_nodes) == (1, 1)


@pytest.mark.parametrize(
    ("option", "state", "requeues"),
    [("requeue", "active", 1), ("terminate", "completed", 0)],
)
def test_removing_a_node_takes_its_tasks_off(
    client: BatchClient, name: str, option: str, state: str, requeues: int
) -> None:
    node = ready_node(client, name)
    run_task(client, name)

    client.begin_remove_nodes(
        name,
        models.BatchNodeRemoveOptions(node_ids=[node.id], node_deallocation_option=option),
        polling_interval=0,
    ).result()
    wait_until(lambda: not nodes_of(client, name))

    after = client.get_task(name, "t")
    assert after.state == state
    assert after.execution_info is not None
    assert after.execution_info.requeue_count == requeues


def test_removing_a_node_can_wait_for_its_tasks(
    service: Connection, client: BatchClient, name: str, tmp_path: Path
) -> None:
    node = ready_node(client, name)
    go = tmp_path / "go"
    run_task(client, name, waiting_for(go))
    path = f"/pools/{name}/removenodes"
    body = {"nodeList": [node.id], "nodeDeallocationOption": "taskcompletion"}

    first, second = service.send("POST", path, body), service.send("POST", path, body)

    assert first.status == 202
    assert (second.status, code_of(second)) == (409, "PoolBeingResized")
    assert node_of(client, name).state == "leavingpool"
    go.touch()
    info = completed(client, name, "t").execution_info
    assert info is not None and info.result == "success"
    wait_until(lambda: not nodes_of(client, name))


@pytest.mark.parametrize(
    ("body", "status", "code", "named"),
    [
        ({"nodeList": ["nobody"]}, 404, "NodeNotFound", None),
        ({"nodeList": []}, 400, "InvalidPropertyValue", "nodeList"),
        ({"nodeList": ["n"] * 101}, 400, "InvalidPropertyValue", "nodeList"),
        (
            {"nodeList": ["n"], "resizeTimeout": "PT4M"},
            400,
            "InvalidPropertyValue",
            "resizeTimeout",
        ),
    ],
)
def test_what_cannot_be_removed_changes_nothing(
    service: Connection, empty_pool: str, body: object, status: int, code: str, named: str | None
) -> None:
    answer = service.send("POST", f"/pools/{empty_pool}/removenodes", body)

    assert (answer.status, code_of(answer)) == (status, code)
    assert values_of(answer).get("PropertyName") == named


def test_a_node_is_deallocated_and_started_again(client: BatchClient, name: str) -> None:
    node = ready_node(client, name)

    option = BatchNodeDeallocateOptions(node_deallocate_option="requeue")
    client.begin_deallocate_node(name, node.id, option, polling_interval=0).result()
    wait_until(lambda: node_of(client, name).state == "deallocated")
    counts = next(iter(client.list_pool_node_counts(filter=f"poolId eq '{name}'")))
    assert counts.dedicated is not None
    assert (counts.dedicated.deallocated, counts.dedicated.total) == (1, 1)
    assert list(client.list_nodes(name, filter="state eq 'deallocated'"))

    client.begin_start_node(name, node.id, polling_interval=0).result()

    wait_until(lambda: node_of(client, name).state == "idle")
    assert node_of(client, name).id == node.id


@pytest.mark.parametrize(
    ("option", "state", "requeues"),
    [("requeue", "active", 1), ("terminate", "completed", 0)],
)
def test_deallocation_takes_running_tasks_off_the_node(
    service: Connection, client: BatchClient, name: str, option: str, state: str, requeues: int
) -> None:
    node = ready_node(client, name)
    run_task(client, name)

    body = {"nodeDeallocateOption": option}
    service.send("POST", f"/pools/{name}/nodes/{node.id}/deallocate", body)
    wait_until(lambda: node_of(client, name).state == "deallocated")

    after = client.get_task(name, "t")
    assert after.state == state
    assert after.execution_info is not None
    assert after.execution_info.requeue_count == requeues


def test_deallocation_can_wait_for_running_tasks(
    service: Connection, client: BatchClient, name: str, tmp_path: Path
) -> None:
    node = ready_node(client, name)
    go = tmp_path / "go"
    run_task(client, name, waiting_for(go))
    client.create_task(name, task("next"))

    body = {"nodeDeallocateOption": "taskcompletion"}
    service.send("POST", f"/pools/{name}/nodes/{node.id}/deallocate", body)
    assert node_of(client, name).state == "deallocating"
    go.touch()

    info = completed(client, name, "t").execution_info
    assert info is not None and (info.result, info.requeue_count) == ("success", 0)
    wait_until(lambda: node_of(client, name).state == "deallocated")
    assert client.get_task(name, "next").state == "active"


def test_only_what_runs_is_deallocated_and_only_what_does_not_is_started(
    service: Connection, client: BatchClient, name: str
) -> None:
    path = f"/pools/{name}/nodes/{ready_node(client, name).id}"

    started = service.send("POST", f"{path}/start")
    first = service.send("POST", f"{path}/deallocate")
    wait_until(lambda: node_of(client, name).state == "deallocated")
    again = service.send("POST", f"{path}/deallocate")

    assert first.status == 202
    for refused in (started, again):
        assert (refused.status, code_of(refused)) == (409, "OperationInvalidForCurrentState")


@pytest.mark.parametrize("body", [{"nodeDeallocateOption": "never"}, {"colour": "red"}])
def test_a_deallocation_that_is_asked_for_wrongly_is_refused(
    service: Connection, client: BatchClient, pool: str, body: dict[str, str]
) -> None:
    node = next(iter(client.list_nodes(pool))).id

    answer = service.send("POST", f"/pools/{pool}/nodes/{node}/deallocate", body)

    assert answer.status == 400
    assert values_of(answer)["PropertyName"] == next(iter(body))
