from __future__ import annotations

from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.batch.models._models import BatchNodeDeallocateOptions

from tests.emulator.batch.one_node import node_of, ready_node, run_task, waiting_for
from tests.emulator.examples import code_of, completed, task, values_of
from tests.emulator.running import Connection, wait_until


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
