"""Between the models of azure-batch and batchff's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from azure.batch import models
from azure.core import MatchConditions

from batchff.model.job_facts import read_job_facts
from batchff.model.jobs import JobStatus, TaskRun, TaskStatus, WaitingTask
from batchff.model.pool_facts import read_pool_facts
from batchff.model.pools import GAVE_UP, FormulaRun, NodeStatus, PoolStatus
from batchff.model.states import TaskState

# What the service says for no limit is the longest that .NET's TimeSpan can be.
_UNLIMITED = timedelta(days=10_000_000)
# These say that the task itself failed or was ended; others that its files couldn't be moved.
_FAILURES_OF_ITS_OWN = ("FailureExitCode", "TaskEnded")


def pool_status(pool: models.BatchPool) -> PoolStatus:
    """Return a pool in our terms."""
    metadata = _mapping(pool.metadata)
    return PoolStatus(
        id=pool.id,
        state=enum_text(pool.state),
        allocation_state=enum_text(pool.allocation_state),
        vm_size=pool.vm_size or "",
        current_nodes=(pool.current_dedicated_nodes or 0) + (pool.current_low_priority_nodes or 0),
        target_nodes=(pool.target_dedicated_nodes or 0) + (pool.target_low_priority_nodes or 0),
        autoscaled=bool(pool.enable_auto_scale),
        resize_errors=tuple(f"{error.code}: {error.message}" for error in pool.resize_errors or ()),
        metadata=metadata,
        slots=pool.task_slots_per_node or 1,
        spot_nodes=pool.current_low_priority_nodes or 0,
        target_spot=pool.target_low_priority_nodes or 0,
        created=pool.creation_time,
        etag=pool.etag or "",
        image=_image_name(pool.virtual_machine_configuration),
        formula_run=_formula_run(pool.auto_scale_run),
        batchff=read_pool_facts(metadata),
    )


def node_status(node: models.BatchNode) -> NodeStatus:
    """Return a node in our terms."""
    info = node.start_task_info
    failure = ""
    if info is not None and info.failure_info is not None:
        failure = f"{info.failure_info.code}: {info.failure_info.message}"
        # What couldn't be fetched, and why.
        details = [f"{detail.name} {detail.value}" for detail in info.failure_info.details or ()]
        failure += f" ({', '.join(details)})" if details else ""
        if info.exit_code is not None:
            failure = f"exit code {info.exit_code} ({info.failure_info.code})"
    return NodeStatus(
        node.id or "",
        enum_text(node.state),
        failure,
        spot=node.is_dedicated is False,
        running_tasks=node.running_tasks_count or 0,
        since=node.state_transition_time,
        errors=tuple(f"{error.code}: {error.message}" for error in node.errors or ()),
        allocated=node.allocation_time,
        ready=info.end_time if info is not None else node.last_boot_time,
    )


def _image_name(machine: models.VirtualMachineConfiguration | None) -> str:
    if machine is None:
        return ""
    image = machine.image_reference
    parts = (image.publisher, image.offer, image.sku)
    return ":".join(part or "" for part in parts) if image.publisher else "an image of its own"


def _formula_run(run: models.AutoScaleRun | None) -> FormulaRun | None:
    """Results are text, as in `$TargetDedicatedNodes=2;$NodeDeallocationOption=requeue`.

    Nobody says whether a variable that a formula names without `$` has one there.
    """
    if run is None:
        return None
    parts = (part.lstrip("$").partition("=") for part in (run.results or "").split(";"))
    results = {name: value for name, _, value in parts}
    nodes, spot = (
        int(results[name]) if results.get(name, "").isdecimal() else None
        for name in ("TargetDedicatedNodes", "TargetLowPriorityNodes")
    )
    error = f"{run.error.code}: {run.error.message}" if run.error else ""
    return FormulaRun(run.timestamp, nodes, spot, error, gave_up=results.get(GAVE_UP) == "1")


def job_status(job: models.BatchJob) -> JobStatus:
    """Return a job in our terms; on a pool of its own, that's the one the service made."""
    limits, execution, pool = job.constraints, job.execution_info, job.pool_info
    wall_clock = limits.max_wall_clock_time if limits else None
    metadata = _mapping(job.metadata)
    return JobStatus(
        id=job.id,
        state=enum_text(job.state),
        pool_id=(pool and pool.pool_id) or (execution and execution.pool_id) or "",
        metadata=metadata,
        created=job.creation_time,
        termination_reason=(execution and execution.termination_reason) or "",
        ended=execution.end_time if execution else None,
        priority=job.priority or 0,
        max_wall_clock=None if wall_clock is None or wall_clock >= _UNLIMITED else wall_clock,
        max_task_retries=(limits and limits.max_task_retry_count) or 0,
        uses_dependencies=bool(job.uses_task_dependencies),
        ends_after_tasks=enum_text(job.all_tasks_complete_mode) == "terminatejob",
        etag=job.etag or "",
        batchff=read_job_facts(metadata),
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
        if state == TaskState.COMPLETED and execution
        else None,
        changed=task.state_transition_time,
        exit_code=execution.exit_code if execution else None,
        failure=f"{failure.code}: {failure.message or ''}".rstrip(": ") if failure else "",
        retries=execution.retry_count if execution else 0,
        node=(task.node_info.node_id if task.node_info else None) or "",
        started=execution.start_time if execution else None,
        ended=execution.end_time if execution else None,
    )


def task_run(task: models.BatchTask) -> TaskRun:
    """Return a task with its last attempt."""
    execution, status = task.execution_info, task_status(task)
    return TaskRun(
        status,
        node=status.node,
        started=status.started,
        ended=execution.end_time if execution else None,
        earlier_attempts=execution.retry_count + execution.requeue_count if execution else 0,
        slots=task.required_slots or 1,
    )


def waiting_task(task: models.BatchTask) -> WaitingTask:
    """Return a task with what it waits for."""
    after = task.depends_on
    return WaitingTask(
        task.id,
        task.display_name or task.id,
        tuple((after and after.task_ids) or ()),
        tuple((each.start, each.end) for each in (after and after.task_id_ranges) or ()),
    )


def holds_back_others(task: models.BatchTask) -> bool:
    """Return whether a task that failed leaves those that depend on it waiting for ever.

    It does, unless its exit conditions say otherwise (Task - Add: `exitConditions`).
    """
    options = _exit_options(task)
    action = enum_text(options.dependency_action) if options else ""
    return action != "satisfy"


def _exit_options(task: models.BatchTask) -> models.ExitOptions | None:
    """Return the task's options for how it failed; those of its exit code come first."""
    conditions, execution = task.exit_conditions, task.execution_info
    if conditions is None or execution is None:
        return None
    code, failure = execution.exit_code, execution.failure_info
    if code is not None:
        for single in conditions.exit_codes or ():
            if single.code == code:
                return single.exit_options
        for several in conditions.exit_code_ranges or ():
            if several.start <= code <= several.end:
                return several.exit_options
    special = None
    if failure is not None and failure.code not in _FAILURES_OF_ITS_OWN:
        special = conditions.pre_processing_error if code is None else conditions.file_upload_error
    return special or conditions.default


def enum_text(value: object) -> str:
    """Return an enumeration's value in lower case, or nothing for None.

    The service writes some with capitals whatever was sent, and which ones changes with time.
    """
    return "" if value is None else str(getattr(value, "value", value)).lower()


def only_if(etag: str) -> dict[str, Any]:
    """Return the options of a request that is only for what has this ETag; any for none."""
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}


def metadata_items(metadata: Mapping[str, str]) -> list[models.BatchMetadataItem]:
    """Return metadata in the service's terms."""
    return [models.BatchMetadataItem(name=name, value=value) for name, value in metadata.items()]


def _mapping(items: Iterable[models.BatchMetadataItem] | None) -> dict[str, str]:
    return {item.name: item.value for item in items or ()}
