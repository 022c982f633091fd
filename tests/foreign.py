"""What another program than batchff would make in the account, or an earlier batchff."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from azure.batch import BatchClient, models
from azure.core.exceptions import ResourceExistsError

from tests.emulator.running import wait_until

IMAGE = models.VirtualMachineConfiguration(
    image_reference=models.BatchVmImageReference(
        publisher="canonical", offer="ubuntu-24_04-lts", sku="server"
    ),
    node_agent_sku_id="batch.node.ubuntu 24.04",
)

Task = models.BatchTaskCreateOptions


def make_pool(
    service: BatchClient,
    pool: str = "foreign",
    *,
    nodes: int = 1,
    spot: int = 0,
    slots: int = 4,
    start: str = "true",
) -> str:
    """Make a pool, unless there is one of that name."""
    options = models.BatchPoolCreateOptions(
        id=pool,
        vm_size="Standard_D2s_v5",
        virtual_machine_configuration=IMAGE,
        target_dedicated_nodes=nodes,
        target_low_priority_nodes=spot,
        task_slots_per_node=slots,
        start_task=models.BatchStartTask(command_line=start, wait_for_success=True),
    )
    with suppress(ResourceExistsError):
        service.create_pool(options)
    return pool


def make_job(
    service: BatchClient,
    job: str,
    pool: str,
    *tasks: str | Task,
    ours: bool = False,
    files: int | None = None,
    first_job: str = "",
    preset: str = "mp3",
    user: str = "",
    dependencies: bool = False,
    limits: models.BatchJobConstraints | None = None,
) -> str:
    """Make a job with these tasks; a command line alone gives task-0, task-1 and so on.

    With `ours`, it has batchff's stamp, also of limits that its tasks don't have, of `files` where
    tasks are still to be added, and of the `first_job`, which it retries. `preset` may join several
    names by a plus.
    """
    planned = files or len(tasks)
    planned_tasks = max(planned, len(tasks))
    again = {"first_job": first_job} if first_job else {}
    again |= {"user": user} if user else {}
    service.create_job(
        models.BatchJobCreateOptions(
            id=job,
            pool_info=models.BatchPoolInfo(pool_id=pool),
            uses_task_dependencies=dependencies,
            constraints=limits,
            metadata=_stamp(
                files=planned,
                tasks=planned_tasks,
                outputs=planned_tasks,
                preset=preset,
                task_timeout=1200,
                **again,
            )
            if ours
            else None,
        )
    )
    group = [
        Task(id=f"task-{number}", command_line=task) if isinstance(task, str) else task
        for number, task in enumerate(tasks)
    ]
    # The package's own helper adds them in the order that suits it.
    service.create_task_collection(job, models.BatchTaskGroup(task_values=group))
    return job


def after(*ids: str, ranges: Sequence[tuple[int, int]] = ()) -> models.BatchTaskDependencies:
    """What a task waits for."""
    return models.BatchTaskDependencies(
        task_ids=list(ids),
        task_id_ranges=[models.BatchTaskIdRange(start=a, end=b) for a, b in ranges],
    )


def wait_for_end(service: BatchClient, job: str, *tasks: str) -> None:
    """Return once these tasks are completed."""
    wait_until(lambda: all(service.get_task(job, task).state == "completed" for task in tasks))


def _stamp(**facts: str | int) -> list[models.BatchMetadataItem]:
    named: Mapping[str, str] = {
        "batchff": "0",
        "batchff_output_container": os.environ.get("BATCHFF_OUTPUT_CONTAINER", "batchff-output"),
        **{f"batchff_{name}": str(value) for name, value in facts.items()},
    }
    return [models.BatchMetadataItem(name=name, value=value) for name, value in named.items()]
