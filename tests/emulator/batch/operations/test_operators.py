from __future__ import annotations

import pytest
from azure.batch import BatchClient

from batchff.emulator.errors import EmulatorError
from batchff.emulator.launch import control
from tests.emulator.examples import code_of, completed, job, pool, task
from tests.emulator.running import Connection, wait_until


def _idle_node(client: BatchClient, name: str, **options: int) -> str:
    client.create_pool(pool(name, nodes=options.pop("nodes", 0), **options))
    wait_until(lambda: [node.state for node in client.list_nodes(name)] == ["idle"])
    return next(iter(client.list_nodes(name))).id


def test_an_operator_preempts_a_spot_node(
    service: Connection, client: BatchClient, name: str
) -> None:
    node = _idle_node(client, name, target_low_priority_nodes=1)
    client.create_job(job(name, name))
    client.create_task(name, task("t", "sleep 600"))
    wait_until(lambda: client.get_task(name, "t").state == "running")

    control.preempt(service.root.path, node, return_after=3600)

    wait_until(lambda: client.get_task(name, "t").state == "active")
    info = client.get_task(name, "t").execution_info
    assert info is not None and info.requeue_count == 1
    gone = client.get_node(name, node)
    assert gone.state == "preempted"
    assert client.get_pool(name).current_low_priority_nodes == 1
    counts = next(iter(client.list_pool_node_counts(filter=f"poolId eq '{name}'")))
    assert counts.low_priority is not None and counts.low_priority.preempted == 1


def test_a_preempted_node_returns_when_it_was_said_to(
    service: Connection, client: BatchClient, name: str
) -> None:
    node = _idle_node(client, name, target_low_priority_nodes=1)
    client.create_job(job(name, name))

    control.preempt(service.root.path, node, return_after=0)
    client.create_task(name, task("t"))

    info = completed(client, name, "t").node_info
    assert info is not None and info.node_id == node


def test_only_a_spot_node_that_is_there_can_be_preempted(
    service: Connection, client: BatchClient, name: str
) -> None:
    spot = _idle_node(client, name, target_low_priority_nodes=1)
    dedicated = _idle_node(client, f"{name}-dedicated", nodes=1)
    control.preempt(service.root.path, spot, return_after=3600)

    for node, words in ((spot, "preempted"), (dedicated, "dedicated"), ("nobody", "not exist")):
        with pytest.raises(EmulatorError, match=words):
            control.preempt(service.root.path, node, return_after=60)


def test_preempting_takes_the_accounts_key(
    service: Connection, client: BatchClient, name: str
) -> None:
    node = _idle_node(client, name, target_low_priority_nodes=1)
    path = f"/$emulator/nodes/{node}/preempt"

    unsigned = service.send_unsigned("POST", f"{path}?api-version=2025-06-01")
    wrong = service.send("POST", path, {}, key="d3Jvbmc=")

    assert unsigned.status == wrong.status == 403
    assert client.get_node(name, node).state == "idle"


def test_a_node_is_unusable_first_where_that_is_asked_for(
    service: Connection, client: BatchClient, name: str
) -> None:
    node = _idle_node(client, name, target_low_priority_nodes=1)
    client.create_job(job(name, name))
    client.create_task(name, task("t", "sleep 600"))
    wait_until(lambda: client.get_task(name, "t").state == "running")

    control.preempt(service.root.path, node, return_after=3600, unusable_first=3600)

    wait_until(lambda: client.get_task(name, "t").state == "active")
    assert client.get_node(name, node).state == "unusable"
    with pytest.raises(EmulatorError, match="The node is unusable"):
        control.preempt(service.root.path, node, return_after=60)


@pytest.mark.parametrize("time", ["soon", "P3650D"])
@pytest.mark.parametrize("field", ["returnAfter", "unusableFirst"])
def test_the_times_are_checked(service: Connection, field: str, time: str) -> None:
    answer = service.send("POST", "/$emulator/nodes/any/preempt", {field: time})

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")
