from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import HttpResponseError

from tests.emulator.examples import (
    completed,
    job,
    pool,
    task,
)


def test_nodes_are_counted_by_state(client: BatchClient, pool: str) -> None:
    counts = list(client.list_pool_node_counts(filter=f"poolId eq '{pool}'"))

    assert len(counts) == 1 and counts[0].pool_id == pool
    assert counts[0].dedicated is not None and counts[0].low_priority is not None
    assert (counts[0].dedicated.total, counts[0].low_priority.total) == (2, 0)


def test_a_node_tells_what_it_ran(client: BatchClient, name: str) -> None:
    client.create_pool(pool(name, nodes=1))
    client.create_job(job(name, name))
    client.create_task(name, task("good"))
    client.create_task(name, task("bad", "false"))
    completed(client, name, "good")
    completed(client, name, "bad")

    node = client.get_node(name, next(iter(client.list_nodes(name))).id)

    assert (node.total_tasks_run, node.total_tasks_succeeded) == (2, 1)
    assert node.recent_tasks is not None
    assert {each.task_id for each in node.recent_tasks} == {"good", "bad"}
    with pytest.raises(HttpResponseError) as error:
        client.get_node(name, "nobody")
    assert error.value.status_code == 404
