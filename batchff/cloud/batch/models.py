"""Between the models of azure-batch and batchff's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from azure.batch import models

from batchff.model import JobStatus, NodeStatus, PoolStatus, TaskSpec, TaskStatus


def pool_status(pool: models.BatchPool) -> PoolStatus:
    """Return a pool in our terms."""
    return PoolStatus(
        id=pool.id,
        state=enum_text(pool.state),
        allocation_state=enum_text(pool.allocation_state),
        vm_size=pool.vm_size or "",
        current_nodes=(pool.current_dedicated_nodes or 0) + (pool.current_low_priority_nodes or 0),
        target_nodes=(pool.target_dedicated_nodes or 0) + (pool.target_low_priority_nodes or 0),
        autoscaled=bool(pool.enable_auto_scale),
        resize_errors=tuple(f"{error.code}: {error.message}" for error in pool.resize_errors or ()),
        metadata=_mapping(pool.metadata),
    )


def node_status(node: models.BatchNode) -> NodeStatus:
    """Return a node in our terms."""
    info = node.start_task_info
    failure = ""
    if info is not None and info.failure_info is not None:
        failure = f"{info.failure_info.code}: {info.failure_info.message}"
        if info.exit_code is not None:
            failure = f"exit code {info.exit_code} ({info.failure_info.code})"
    return NodeStatus(node.id or "", enum_text(node.state), failure)


def job_status(job: models.BatchJob) -> JobStatus:
    """Return a job in our terms."""
    return JobStatus(
        id=job.id,
        state=enum_text(job.state),
        pool_id=(job.pool_info.pool_id or "") if job.pool_info else "",
        metadata=_mapping(job.metadata),
        termination_reason=(job.execution_info.termination_reason or "")
        if job.execution_info
        else "",
    )


def task_status(task: models.BatchTask) -> TaskStatus:
    """Return a task in our terms; completed is not success, its result says that."""
    execution = task.execution_info
    failure = execution.failure_info if execution else None
    state = enum_text(task.state)
    return TaskStatus(
        id=task.id,
        name=task.display_name or task.id,
        state=state,
        succeeded=enum_text(execution.result) == "success"
        if state == "completed" and execution
        else None,
        changed=task.state_transition_time,
        exit_code=execution.exit_code if execution else None,
        failure=f"{failure.code}: {failure.message or ''}".rstrip(": ") if failure else "",
    )


def task_document(task: TaskSpec) -> dict[str, Any]:
    """Return a task to add as the service's JSON has it.

    The package's models of a task cost fifty times as much, and a job has many.
    """
    return {
        "id": task.id,
        "displayName": task.name,
        "commandLine": task.command_line,
        "resourceFiles": [
            {"httpUrl": file.url, "filePath": file.path} for file in task.resource_files
        ],
        "outputFiles": [
            {
                "filePattern": output.pattern,
                "destination": {
                    "container": {"path": output.blob, "containerUrl": output.container_url}
                },
                "uploadOptions": {"uploadCondition": output.condition},
            }
            for output in task.output_files
        ],
    }


def enum_text(value: object) -> str:
    """Return an enumeration's value as it is on the wire, or nothing for None."""
    return "" if value is None else str(getattr(value, "value", value))


def metadata_items(metadata: Mapping[str, str]) -> list[models.BatchMetadataItem]:
    """Return metadata in the service's terms."""
    return [models.BatchMetadataItem(name=name, value=value) for name, value in metadata.items()]


def _mapping(items: Iterable[models.BatchMetadataItem] | None) -> dict[str, str]:
    return {item.name: item.value for item in items or ()}
