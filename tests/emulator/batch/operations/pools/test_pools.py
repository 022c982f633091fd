from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from tests.emulator.examples import (
    code_of,
    completed,
    job,
    output,
    pool,
    pool_document,
    task,
    values_of,
)
from tests.emulator.running import Connection, wait_until


def _states(client: BatchClient, pool_id: str) -> list[str]:
    return [node.state for node in client.list_nodes(pool_id)]


def _steady(client: BatchClient, pool_id: str) -> models.BatchPool:
    wait_until(lambda: client.get_pool(pool_id).allocation_state == "steady")
    return client.get_pool(pool_id)


def test_a_pool_gets_the_nodes_it_asks_for(client: BatchClient, name: str) -> None:
    client.create_pool(
        pool(name, nodes=2, target_low_priority_nodes=1, metadata=[{"name": "a", "value": "b"}])
    )
    wait_until(lambda: _states(client, name) == ["idle"] * 3)

    made = client.get_pool(name)
    assert made.state == models.BatchPoolState.ACTIVE
    assert (made.current_dedicated_nodes, made.target_dedicated_nodes) == (2, 2)
    assert (made.current_low_priority_nodes, made.target_low_priority_nodes) == (1, 1)
    assert made.vm_size == "standard_d2s_v5"
    assert made.task_slots_per_node == 1
    assert made.metadata is not None and made.metadata[0].value == "b"
    assert _steady(client, name).resize_errors is None
    dedicated = list(client.list_nodes(name, filter="isDedicated eq true"))
    assert len(dedicated) == 2 and all(node.id.endswith("_d") for node in dedicated)


def test_a_pool_exists_or_does_not(
    service: Connection, client: BatchClient, empty_pool: str
) -> None:
    assert client.pool_exists(empty_pool)
    assert service.send("HEAD", "/pools/nobody").status == 404
    with pytest.raises(ResourceNotFoundError):
        client.get_pool("nobody")


def test_an_id_is_taken_once(client: BatchClient, empty_pool: str) -> None:
    with pytest.raises(ResourceExistsError) as error:
        client.create_pool(pool(empty_pool, nodes=0))
    assert error.value.model is not None and error.value.model.code == "PoolExists"


@pytest.mark.parametrize(
    ("slots", "allowed"), [(1, True), (8, True), (9, False), (256, False), (0, False)]
)
def test_a_node_has_up_to_four_slots_a_core(
    service: Connection, name: str, slots: int, allowed: bool
) -> None:
    response = service.send("POST", "/pools", pool_document(name, taskSlotsPerNode=slots))

    assert response.status == (201 if allowed else 400)
    if not allowed:
        assert values_of(response)["PropertyName"] == "taskSlotsPerNode"


def test_a_pool_grows_and_shrinks(client: BatchClient, name: str) -> None:
    client.create_pool(pool(name, nodes=1))
    _steady(client, name)

    grow = models.BatchPoolResizeOptions(target_dedicated_nodes=3)
    client.begin_resize_pool(name, grow, polling_interval=0).result()
    wait_until(lambda: _states(client, name) == ["idle"] * 3)
    shrink = models.BatchPoolResizeOptions(target_dedicated_nodes=0)
    client.begin_resize_pool(name, shrink, polling_interval=0).result()

    wait_until(lambda: _states(client, name) == [])
    assert _steady(client, name).current_dedicated_nodes == 0


@pytest.mark.parametrize(
    ("option", "state", "requeued"),
    [("requeue", "active", 1), ("terminate", "completed", 0)],
)
def test_shrinking_takes_a_running_task_off_its_node(
    client: BatchClient, name: str, option: str, state: str, requeued: int
) -> None:
    client.create_pool(pool(name, nodes=1))
    client.create_job(job(name, name))
    client.create_task(name, task("t", "sleep 600"))
    wait_until(lambda: client.get_task(name, "t").state == "running")

    _steady(client, name)
    options = models.BatchPoolResizeOptions(
        target_dedicated_nodes=0, node_deallocation_option=option
    )
    client.begin_resize_pool(name, options, polling_interval=0).result()
    wait_until(lambda: _states(client, name) == [])

    after = client.get_task(name, "t")
    assert after.state == state
    assert after.execution_info is not None
    assert after.execution_info.requeue_count == requeued
    if state == "completed":
        assert after.execution_info.failure_info is not None
        assert after.execution_info.failure_info.code == "TaskEnded"


def test_shrinking_can_wait_for_running_tasks(
    client: BatchClient, name: str, service: Connection
) -> None:
    client.create_pool(pool(name, nodes=1))
    client.create_job(job(name, name))
    command = "sh -c 'until test -e $AZ_BATCH_NODE_SHARED_DIR/go; do sleep 0.05; done'"
    client.create_task(name, task("t", command))
    client.create_task(name, task("next", "true"))
    wait_until(lambda: client.get_task(name, "t").state == "running")

    _steady(client, name)
    options = models.BatchPoolResizeOptions(
        target_dedicated_nodes=0, node_deallocation_option="taskcompletion"
    )
    poller = client.begin_resize_pool(name, options, polling_interval=0)
    wait_until(lambda: _states(client, name) == ["leavingpool"])
    assert client.get_pool(name).allocation_state == "resizing"
    node = next(iter(client.list_nodes(name)))
    (service.root.nodes / node.id / "shared" / "go").touch()
    poller.result()

    assert completed(client, name, "t").execution_info.result == "success"  # type: ignore[union-attr]
    assert client.get_task(name, "next").state == "active"
    assert _states(client, name) == []


def test_a_pool_that_is_being_resized_takes_no_second_resize(
    service: Connection, client: BatchClient, name: str
) -> None:
    client.create_pool(pool(name, nodes=1))
    client.create_job(job(name, name))
    client.create_task(name, task("t", "sleep 600"))
    wait_until(lambda: client.get_task(name, "t").state == "running")
    body = {"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"}

    first = service.send("POST", f"/pools/{name}/resize", body)
    second = service.send("POST", f"/pools/{name}/resize", body)
    stopped = service.send("POST", f"/pools/{name}/stopresize")

    assert first.status == 202
    assert (second.status, code_of(second)) == (409, "PoolBeingResized")
    assert stopped.status == 202
    client.terminate_task(name, "t")
    wait_until(lambda: _states(client, name) == [])
    again = service.send("POST", f"/pools/{name}/stopresize")
    assert (again.status, code_of(again)) == (409, "OperationInvalidForCurrentState")


@pytest.mark.parametrize(
    ("timeout", "allowed"),
    [("PT5M", True), ("P7D", True), ("PT4M59S", False), ("PT168H1S", False)],
)
def test_a_resize_has_from_five_minutes_to_a_week(
    service: Connection, client: BatchClient, name: str, timeout: str, allowed: bool
) -> None:
    client.create_pool(pool(name, nodes=0))

    body = {"targetDedicatedNodes": 0, "resizeTimeout": timeout}
    answer = service.send("POST", f"/pools/{name}/resize", body)

    assert answer.status == (202 if allowed else 400)
    if not allowed:
        assert values_of(answer)["PropertyName"] == "resizeTimeout"


def test_a_pool_tells_the_timeout_of_its_latest_resize(client: BatchClient, name: str) -> None:
    client.create_pool(pool(name, nodes=0, resize_timeout=timedelta(minutes=10)))
    made = client.get_pool(name).resize_timeout
    options = models.BatchPoolResizeOptions(target_dedicated_nodes=0)
    client.begin_resize_pool(name, options, polling_interval=0).result()

    assert made == timedelta(minutes=10)
    assert client.get_pool(name).resize_timeout == timedelta(minutes=15)


def test_a_deleted_pool_requeues_its_tasks_and_is_gone(client: BatchClient, name: str) -> None:
    client.create_pool(pool(name, nodes=1))
    client.create_job(job(name, name))
    client.create_task(name, task("t", "sleep 600"))
    wait_until(lambda: client.get_task(name, "t").state == "running")

    client.begin_delete_pool(name, polling_interval=0).result()

    with pytest.raises(ResourceNotFoundError):
        client.get_pool(name)
    after = client.get_task(name, "t")
    assert after.state == "active"
    assert after.execution_info is not None and after.execution_info.requeue_count == 1


def test_a_start_task_runs_on_each_node_before_its_tasks(client: BatchClient, name: str) -> None:
    start = models.BatchStartTask(
        command_line="sh -c 'echo $GREETING > $AZ_BATCH_NODE_SHARED_DIR/greeting; echo done'",
        environment_settings=[models.EnvironmentSetting(name="GREETING", value="hello")],
        wait_for_success=True,
    )
    client.create_pool(pool(name, nodes=2, start_task=start))
    wait_until(lambda: _states(client, name) == ["idle"] * 2)

    for node in client.list_nodes(name):
        info = node.start_task_info
        assert info is not None and info.result == "success" and info.exit_code == 0
        read = b"".join(client.download_node_file(name, node.id, "startup/stdout.txt"))
        assert read == b"done\n"
    client.create_job(job(name, name))
    client.create_task(name, task("t", "sh -c 'cat $AZ_BATCH_NODE_SHARED_DIR/greeting'"))
    completed(client, name, "t")
    assert output(client, name, "t") == "hello\n"


@pytest.mark.parametrize(("waits", "state"), [(True, "starttaskfailed"), (False, "idle")])
def test_a_failed_start_task_holds_a_node_back_when_it_is_waited_for(
    client: BatchClient, name: str, waits: bool, state: str
) -> None:
    start = models.BatchStartTask(
        command_line="sh -c 'echo try; exit 7'", max_task_retry_count=2, wait_for_success=waits
    )
    client.create_pool(pool(name, nodes=1, start_task=start))

    def ended() -> Any:
        for node in client.list_nodes(name):
            if node.start_task_info and node.start_task_info.state == "completed":
                return node
        return None

    wait_until(ended)
    wait_until(lambda: _states(client, name) == [state])
    node = ended()
    info = node.start_task_info
    assert (info.exit_code, info.retry_count, info.result) == (7, 2, "failure")
    assert info.failure_info.code == "FailureExitCode"
    assert bool(node.errors) is waits


def test_a_start_task_that_asks_for_admin_is_skipped_and_says_so(
    client: BatchClient, name: str, tmp_path: Any
) -> None:
    proof = tmp_path / "proof"
    admin = models.AutoUserSpecification(scope="pool", elevation_level="admin")
    start = models.BatchStartTask(
        command_line=f"touch {proof}", user_identity=models.UserIdentity(auto_user=admin)
    )
    client.create_pool(pool(name, nodes=1, start_task=start))
    wait_until(lambda: _states(client, name) == ["idle"])

    node = next(iter(client.list_nodes(name)))
    assert node.start_task_info is not None and node.start_task_info.result == "success"
    said = b"".join(client.download_node_file(name, node.id, "startup/stdout.txt"))
    assert b"did not run this command" in said
    assert not proof.exists()


def test_an_empty_pool_can_be_changed_and_a_full_one_only_a_little(
    service: Connection, client: BatchClient, name: str
) -> None:
    client.create_pool(pool(name, nodes=0))
    client.update_pool(name, models.BatchPoolUpdateOptions(task_slots_per_node=4))
    assert client.get_pool(name).task_slots_per_node == 4

    client.begin_resize_pool(
        name, models.BatchPoolResizeOptions(target_dedicated_nodes=1), polling_interval=0
    ).result()
    item = models.BatchMetadataItem(name="a", value="b")
    client.update_pool(name, models.BatchPoolUpdateOptions(metadata=[item]))
    refused = service.send("PATCH", f"/pools/{name}", {"taskSlotsPerNode": 2})

    assert client.get_pool(name).metadata == [item]
    assert (refused.status, code_of(refused)) == (409, "OperationInvalidForCurrentState")


def test_replacing_properties_removes_what_is_left_out(client: BatchClient, name: str) -> None:
    start = models.BatchStartTask(command_line="true")
    client.create_pool(pool(name, nodes=0, start_task=start))

    client.replace_pool_properties(
        name,
        models.BatchPoolReplaceOptions(
            application_package_references=[],
            metadata=[models.BatchMetadataItem(name="a", value="b")],
        ),
    )

    changed = client.get_pool(name)
    assert changed.start_task is None
    assert changed.metadata is not None and changed.metadata[0].name == "a"
