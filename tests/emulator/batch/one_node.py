"""A pool with a node, and a task that runs on it: what is done to nodes is tried on these."""

from __future__ import annotations

from pathlib import Path

from azure.batch import BatchClient, models

from tests.emulator.examples import job, pool, task
from tests.emulator.running import wait_until


def nodes_of(client: BatchClient, pool_id: str) -> list[models.BatchNode]:
    return sorted(client.list_nodes(pool_id), key=lambda node: node.id)


def node_of(client: BatchClient, pool_id: str) -> models.BatchNode:
    return nodes_of(client, pool_id)[0]


def ready_node(
    client: BatchClient, name: str, nodes: int = 1, **options: object
) -> models.BatchNode:
    """Make a pool, wait for its nodes, and give the first."""
    client.create_pool(pool(name, nodes=nodes, **options))
    wait_until(lambda: [node.state for node in client.list_nodes(name)] == ["idle"] * nodes)
    return node_of(client, name)


def run_task(client: BatchClient, name: str, command: str = "sleep 600") -> None:
    client.create_job(job(name, name))
    client.create_task(name, task("t", command))
    wait_until(lambda: client.get_task(name, "t").state == "running")


def waiting_for(go: Path) -> str:
    return f"sh -c 'until test -e {go}; do sleep 0.02; done'"
