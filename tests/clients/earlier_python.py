"""What a program of its day does with azure-batch 6.0 to 14.2; run with that version's Python.

Its arguments are the endpoint, the account and the key; it prints what it saw as JSON. The calls
are those of Microsoft's tutorial "Run a parallel workload with Azure Batch using the Python API",
and the ones that programs of that time make beside them.
"""

from __future__ import annotations

import datetime
import importlib
import json
import sys
import time
from typing import Any

# Typed as Any, for this version isn't the one that the project is checked with.
batch: Any = importlib.import_module("azure.batch")
models: Any = importlib.import_module("azure.batch.models")
batch_auth: Any = importlib.import_module("azure.batch.batch_auth")


def slots_name() -> str:
    """The name of the same field before and after api-version 2020-09-01.12.0."""
    fields = models.PoolAddParameter._attribute_map
    return "task_slots_per_node" if "task_slots_per_node" in fields else "max_tasks_per_node"


def create_pool(client: Any, pool_id: str) -> None:
    start_task = models.StartTask(
        command_line="/bin/bash -c 'echo ready'",
        wait_for_success=True,
        user_identity=models.UserIdentity(
            auto_user=models.AutoUserSpecification(
                scope=models.AutoUserScope.pool, elevation_level=models.ElevationLevel.non_admin
            )
        ),
    )
    pool = models.PoolAddParameter(
        id=pool_id,
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=models.ImageReference(
                publisher="Canonical", offer="UbuntuServer", sku="18.04-LTS", version="latest"
            ),
            node_agent_sku_id="batch.node.ubuntu 18.04",
        ),
        vm_size="STANDARD_D2_V3",
        target_dedicated_nodes=1,
        target_low_priority_nodes=1,
        start_task=start_task,
        metadata=[models.MetadataItem(name="made-by", value="an earlier client")],
        **{slots_name(): 2},
    )
    client.pool.add(pool)


def images(client: Any) -> list[str]:
    if hasattr(client.account, "list_supported_images"):
        found = client.account.list_supported_images()
        return [image.node_agent_sku_id for image in found if image.os_type == "linux"]
    agents = client.account.list_node_agent_skus()
    return [agent.id for agent in agents if agent.verified_image_references]


def add_tasks(client: Any, job_id: str, count: int) -> list[str]:
    tasks = [
        models.TaskAddParameter(
            id=f"Task{number}",
            command_line=f"/bin/bash -c 'mkdir sub; echo {number} | tee \"sub/a file.txt\"'",
            environment_settings=[models.EnvironmentSetting(name="A", value="b")],
            constraints=models.TaskConstraints(
                max_wall_clock_time=datetime.timedelta(minutes=5),
                retention_time=datetime.timedelta(hours=1),
            ),
        )
        for number in range(count)
    ]
    result = client.task.add_collection(job_id, tasks)
    return sorted({str(item.status) for item in result.value})


def wait_for(client: Any, job_id: str) -> None:
    deadline = time.monotonic() + 60
    while any(task.state != models.TaskState.completed for task in client.task.list(job_id)):
        if time.monotonic() > deadline:
            raise RuntimeError("the tasks did not complete in time")
        time.sleep(0.1)


def content(stream: Any) -> str:
    return b"".join(stream).decode()


def counts(client: Any, job_id: str) -> list[int]:
    result = client.job.get_task_counts(job_id)
    tasks = getattr(result, "task_counts", result)
    return [tasks.active, tasks.running, tasks.completed, tasks.succeeded, tasks.failed]


def refusal(call: Any, *arguments: Any) -> list[Any]:
    """Make a call that must fail, and give the error as a program reads it."""
    try:
        call(*arguments)
    except models.BatchErrorException as error:
        details = {item.key: item.value for item in error.error.values or []}
        return [error.response.status_code, error.error.code, details]
    raise AssertionError("it was not refused")


def schedule(client: Any, pool_id: str) -> list[Any]:
    """Let a job schedule make a job whose job manager task ends it."""
    schedule_id = "EarlierSchedule"
    job = models.JobSpecification(
        pool_info=models.PoolInformation(pool_id=pool_id),
        job_manager_task=models.JobManagerTask(id="Manager", command_line="/bin/true"),
    )
    client.job_schedule.add(
        models.JobScheduleAddParameter(
            id=schedule_id, schedule=models.Schedule(), job_specification=job
        )
    )
    deadline = time.monotonic() + 60
    while client.job_schedule.get(schedule_id).state != models.JobScheduleState.completed:
        if time.monotonic() > deadline:
            raise RuntimeError("the schedule did not complete in time")
        time.sleep(0.1)
    [made] = client.job.list_from_job_schedule(schedule_id)
    task = client.task.get(made.id, "Manager")
    client.job_schedule.delete(schedule_id)
    while client.job_schedule.exists(schedule_id):
        if time.monotonic() > deadline:
            raise RuntimeError("the schedule was not deleted in time")
        time.sleep(0.1)
    return [made.id, made.execution_info.terminate_reason, task.execution_info.exit_code]


def tour(client: Any) -> dict[str, Any]:
    """Walk through what programs do, and give what they see."""
    seen: dict[str, Any] = {"version": client.pool.api_version, "images": images(client)}
    pool_id, job_id = "EarlierPool", "EarlierJob"
    create_pool(client, pool_id)
    seen["exists"] = [client.pool.exists(pool_id), client.pool.exists("nobody")]
    pool = client.pool.get(pool_id)
    seen["pool"] = [pool.id, pool.vm_size, getattr(pool, slots_name()), pool.metadata[0].value]
    client.job.add(
        models.JobAddParameter(id=job_id, pool_info=models.PoolInformation(pool_id=pool_id))
    )
    seen["collection"] = add_tasks(client, job_id, 150)
    wait_for(client, job_id)
    seen["counts"] = counts(client, job_id)
    task = client.task.get(job_id, "Task7")
    seen["task"] = [task.execution_info.exit_code, task.execution_info.result]
    seen["retention"] = task.constraints.retention_time.total_seconds()

    seen["nodes"] = len(list(client.compute_node.list(pool_id)))
    node = client.compute_node.get(pool_id, task.node_info.node_id)
    seen["start task"] = [node.start_task_info.exit_code, node.start_task_info.state]
    seen["node counts"] = [each.dedicated.total for each in client.account.list_pool_node_counts()]

    files = client.file.list_from_task(job_id, "Task7", recursive=True)
    seen["files"] = sorted(file.name for file in files)
    seen["output"] = content(client.file.get_from_task(job_id, "Task7", "wd/sub/a file.txt"))
    properties = client.file.get_properties_from_task(job_id, "Task7", "stdout.txt", raw=True)
    seen["length"] = properties.response.headers["Content-Length"]
    path = f"workitems/{job_id}/job-1/Task7/stdout.txt"
    seen["node file"] = content(
        client.file.get_from_compute_node(pool_id, task.node_info.node_id, path)
    )
    client.file.delete_from_task(job_id, "Task7", "wd/sub", recursive=True)

    options = models.TaskListOptions(
        filter="startswith(id, 'Task1') and state eq 'completed'",
        select="id, state",
        max_results=10,
    )
    seen["filtered"] = len(list(client.task.list(job_id, task_list_options=options)))

    seen["schedule"] = schedule(client, pool_id)
    client.job.patch(job_id, models.JobPatchParameter(priority=7))
    seen["priority"] = client.job.get(job_id).priority
    client.pool.patch(
        pool_id, models.PoolPatchParameter(metadata=[models.MetadataItem(name="a", value="b")])
    )
    seen["metadata"] = client.pool.get(pool_id).metadata[0].name
    client.pool.resize(
        pool_id,
        models.PoolResizeParameter(target_dedicated_nodes=0, target_low_priority_nodes=1),
    )
    seen["exists already"] = refusal(
        client.job.add,
        models.JobAddParameter(id=job_id, pool_info=models.PoolInformation(pool_id=pool_id)),
    )
    seen["not found"] = refusal(client.task.get, job_id, "nobody")
    seen["not supported"] = refusal(
        client.certificate.add,
        models.CertificateAddParameter(thumbprint="ab", thumbprint_algorithm="sha1", data="AA=="),
    )

    client.task.delete(job_id, "Task0")
    client.job.terminate(job_id, terminate_reason="done")
    seen["jobs"] = [job.id for job in client.job.list()]
    client.job.delete(job_id)
    client.pool.delete(pool_id)
    return seen


def main(endpoint: str, account: str, key: str) -> None:
    credentials = batch_auth.SharedKeyCredentials(account, key)
    client = batch.BatchServiceClient(credentials, batch_url=endpoint)
    client.config.retry_policy.retries = 0
    print(json.dumps(tour(client)))


if __name__ == "__main__":
    main(*sys.argv[1:])
