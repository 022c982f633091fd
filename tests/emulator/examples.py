"""Pools, jobs and tasks as tests ask for them, in the words of the real SDK."""

from __future__ import annotations

from typing import Any

from azure.batch import BatchClient, models
from azure.core.exceptions import ResourceNotFoundError

from tests.emulator.running import wait_until


def machine(agent: str = "batch.node.ubuntu 24.04") -> models.VirtualMachineConfiguration:
    return models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(
            publisher="canonical", offer="ubuntu-24_04-lts", sku="server"
        ),
        node_agent_sku_id=agent,
    )


def pool(pool_id: str, nodes: int = 1, **options: Any) -> models.BatchPoolCreateOptions:
    options.setdefault("target_dedicated_nodes", nodes)
    return models.BatchPoolCreateOptions(
        id=pool_id,
        vm_size="Standard_D2s_v5",
        virtual_machine_configuration=machine(),
        **options,
    )


def pool_document(pool_id: str, **fields: Any) -> dict[str, Any]:
    """A pool's body, for requests that the SDK wouldn't send."""
    return {
        "id": pool_id,
        "vmSize": "standard_d2s_v5",
        "virtualMachineConfiguration": {
            "imageReference": {
                "publisher": "canonical",
                "offer": "ubuntu-24_04-lts",
                "sku": "server",
            },
            "nodeAgentSKUId": "batch.node.ubuntu 24.04",
        },
        **fields,
    }


def job(job_id: str, pool_id: str, **options: Any) -> models.BatchJobCreateOptions:
    return models.BatchJobCreateOptions(
        id=job_id, pool_info=models.BatchPoolInfo(pool_id=pool_id), **options
    )


def task(task_id: str, command: str = "true", **options: Any) -> models.BatchTaskCreateOptions:
    return models.BatchTaskCreateOptions(id=task_id, command_line=command, **options)


def completed(client: BatchClient, job_id: str, task_id: str) -> models.BatchTask:
    """Wait until a task is completed, and give it."""
    wait_until(lambda: client.get_task(job_id, task_id).state == "completed")
    return client.get_task(job_id, task_id)


def identity(name: str) -> str:
    """Give the resource id of a user-assigned identity."""
    return (
        "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/films/providers"
        f"/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    )


def run(client: BatchClient, job_id: str, command: str, **options: Any) -> models.BatchTask:
    """Run a task called `t` to its end."""
    client.create_task(job_id, task("t", command, **options))
    return completed(client, job_id, "t")


def output(client: BatchClient, job_id: str, task_id: str, name: str = "stdout.txt") -> str:
    return b"".join(client.download_task_file(job_id, task_id, name)).decode()


def awaited_output(client: BatchClient, job_id: str, task_id: str, name: str) -> str:
    """Wait until a running task has written something into a file, and give it."""

    def written() -> str:
        try:
            return output(client, job_id, task_id, name)
        except ResourceNotFoundError:
            return ""

    return str(wait_until(written))


def code_of(response: Any) -> str:
    """Give the error code of a raw answer."""
    return str(response.json()["code"])


def values_of(response: Any) -> dict[str, str]:
    """Give the details of a raw answer's error."""
    return {item["key"]: item["value"] for item in response.json().get("values", [])}
