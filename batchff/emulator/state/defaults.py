"""What the service fills in where a request leaves it out, as its answers show it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from batchff.emulator.state.exit_conditions import complete_exit_conditions
from batchff.emulator.state.model import Document
from batchff.emulator.state.pool_defaults import (
    complete_cloud_service,
    complete_machine,
    complete_network,
    complete_users,
    in_capitals,
    runs_windows,
    without_empty_lists,
)
from batchff.emulator.state.times import (
    UNLIMITED,
    format_duration,
    format_time,
    parse_duration,
    parse_time,
)
from batchff.emulator.state.transitions import RESIZE_TIMEOUT

AUTOSCALE_INTERVAL = "PT15M"
_NO_LIMIT = format_duration(UNLIMITED)
_RETENTION = "P7D"
_RELEASE_TIME = "PT15M"

_TARGETS = ("targetDedicatedNodes", "targetLowPriorityNodes")
_CORES = re.compile(r"[a-z]+(\d+)")


def cores_of(vm_size: str) -> int:
    """Tell the cores of a VM size by its name: `Standard_D4s_v5` has 4."""
    family = vm_size.lower().removeprefix("standard_").removeprefix("basic_")
    match = _CORES.match(family)
    return max(int(match[1]), 1) if match else 1


def user_identity(given: Mapping[str, object] | None) -> Document:
    """Complete who a command runs as: the automatic user of the pool, without rights of admin."""
    if given is not None and "username" in given:
        return {"username": given["username"]}
    given_user = (given or {}).get("autoUser")
    user = given_user if isinstance(given_user, dict) else {}
    return {
        "autoUser": {
            "scope": str(user.get("scope", "pool")).lower(),
            "elevationLevel": str(user.get("elevationLevel", "nonadmin")).lower(),
        }
    }


def asks_for_admin(command: Document, admins: Collection[str] = ()) -> bool:
    """Tell whether a task or start task is to be run with the rights of an administrator.

    `admins` are the user accounts of its pool that have them.
    """
    identity = command["userIdentity"]
    if "username" in identity:
        return identity["username"] in admins
    return bool(identity["autoUser"]["elevationLevel"] == "admin")


def admins_of(pool: Document) -> frozenset[str]:
    """Give the user accounts of a pool that have the rights of an administrator."""
    users = pool.get("userAccounts", ())
    return frozenset(user["name"] for user in users if user["elevationLevel"] == "admin")


def complete_start_task(start_task: Document) -> Document:
    """Fill in what a start task leaves out."""
    return {
        **without_empty_lists(start_task),
        "userIdentity": user_identity(start_task.get("userIdentity")),
        "maxTaskRetryCount": start_task.get("maxTaskRetryCount", 0),
        "waitForSuccess": start_task.get("waitForSuccess", True),
    }


def resize_timeout(body: Document) -> str:
    """Tell how long a resize may take that a request asks for."""
    return _duration(body.get("resizeTimeout"), RESIZE_TIMEOUT)


def complete_pool(body: Document) -> Document:
    """Fill in what a new pool leaves out."""
    policy = body.get("taskSchedulingPolicy") or {"nodeFillType": "Spread"}
    document = {
        **without_empty_lists(body),
        "vmSize": body["vmSize"].lower(),
        "resizeTimeout": resize_timeout(body),
        "enableAutoScale": body.get("enableAutoScale", False),
        "enableInterNodeCommunication": body.get("enableInterNodeCommunication", False),
        "taskSlotsPerNode": body.get("taskSlotsPerNode", 1),
        "taskSchedulingPolicy": {**policy, "nodeFillType": in_capitals(policy["nodeFillType"])},
    }
    machine = document.get("virtualMachineConfiguration")
    if machine is not None:
        document["virtualMachineConfiguration"] = complete_machine(machine)
    else:
        service = document["cloudServiceConfiguration"]
        document["cloudServiceConfiguration"] = complete_cloud_service(service)
    if "networkConfiguration" in document:
        document["networkConfiguration"] = complete_network(document["networkConfiguration"])
    if "userAccounts" in document:
        document["userAccounts"] = complete_users(
            document["userAccounts"],
            windows=runs_windows(document),
            cloud_service=machine is None,
        )
    if document["enableAutoScale"]:
        interval = _duration(body.get("autoScaleEvaluationInterval"), AUTOSCALE_INTERVAL)
        document["autoScaleEvaluationInterval"] = interval
    if "startTask" in document:
        document["startTask"] = complete_start_task(document["startTask"])
    return document


def complete_auto_pool(specification: Document) -> Document:
    """Fill in what the specification of a job's own pool leaves out."""
    document = {
        **specification,
        "poolLifetimeOption": specification["poolLifetimeOption"].lower(),
        "keepAlive": specification.get("keepAlive", False),
    }
    if "pool" in specification:
        pool = complete_pool(specification["pool"])
        targets = {} if pool["enableAutoScale"] else dict.fromkeys(_TARGETS, 0)
        document["pool"] = {**targets, **pool}
    return document


def _pool_info(given: Document) -> Document:
    if "autoPoolSpecification" not in given:
        return given
    return {**given, "autoPoolSpecification": complete_auto_pool(given["autoPoolSpecification"])}


def job_constraints(given: Document | None) -> Document:
    """Fill in what a job's constraints leave out."""
    given = given or {}
    return {
        "maxWallClockTime": _duration(given.get("maxWallClockTime"), _NO_LIMIT),
        "maxTaskRetryCount": given.get("maxTaskRetryCount", 0),
    }


def _complete_preparation_task(task: Document) -> Document:
    return {
        **without_empty_lists(task),
        "id": task.get("id", "jobpreparation"),
        "constraints": _constraints(task.get("constraints"), 0),
        "userIdentity": user_identity(task.get("userIdentity")),
        "waitForSuccess": task.get("waitForSuccess", True),
        "rerunOnNodeRebootAfterSuccess": task.get("rerunOnNodeRebootAfterSuccess", True),
    }


def _complete_release_task(task: Document) -> Document:
    return {
        **without_empty_lists(task),
        "id": task.get("id", "jobrelease"),
        "maxWallClockTime": _duration(task.get("maxWallClockTime"), _RELEASE_TIME),
        "retentionTime": _duration(task.get("retentionTime"), _RETENTION),
        "userIdentity": user_identity(task.get("userIdentity")),
    }


def complete_job(body: Document) -> Document:
    """Fill in what a new job leaves out, in its own tasks too."""
    document = {
        **without_empty_lists(body),
        "poolInfo": _pool_info(body["poolInfo"]),
        "priority": body.get("priority", 0),
        "maxParallelTasks": body.get("maxParallelTasks", -1),
        "allowTaskPreemption": body.get("allowTaskPreemption", False),
        "usesTaskDependencies": body.get("usesTaskDependencies", False),
        "constraints": job_constraints(body.get("constraints")),
        "onAllTasksComplete": body.get("onAllTasksComplete", "noaction").lower(),
        "onTaskFailure": body.get("onTaskFailure", "noaction").lower(),
    }
    if "jobManagerTask" in body:
        document["jobManagerTask"] = _complete_job_manager(body["jobManagerTask"], document)
    if "jobPreparationTask" in body:
        document["jobPreparationTask"] = _complete_preparation_task(body["jobPreparationTask"])
    if "jobReleaseTask" in body:
        document["jobReleaseTask"] = _complete_release_task(body["jobReleaseTask"])
    return document


def _complete_job_manager(given: Document, job: Document) -> Document:
    return {
        **complete_task(given, job),
        "killJobOnCompletion": given.get("killJobOnCompletion", True),
        "runExclusive": given.get("runExclusive", True),
        "allowLowPriorityNode": given.get("allowLowPriorityNode", True),
    }


def complete_job_schedule(body: Document) -> Document:
    """Complete a schedule of jobs; its times are written in one way, whatever they came in."""
    schedule = dict(body.get("schedule", {}))
    for name in ("doNotRunUntil", "doNotRunAfter"):
        if name in schedule:
            schedule[name] = format_time(parse_time(schedule[name]))
    for name in ("startWindow", "recurrenceInterval"):
        if name in schedule:
            schedule[name] = format_duration(parse_duration(schedule[name]))
    return {
        **without_empty_lists(body),
        "schedule": schedule,
        "jobSpecification": complete_job(body["jobSpecification"]),
    }


def task_constraints(given: Document | None, job: Document) -> Document:
    """Complete a task's constraints; the number of retries comes from its job."""
    return _constraints(given, job["constraints"]["maxTaskRetryCount"])


def _constraints(given: Document | None, retries: int) -> Document:
    given = given or {}
    return {
        "maxWallClockTime": _duration(given.get("maxWallClockTime"), _NO_LIMIT),
        "retentionTime": _duration(given.get("retentionTime"), _RETENTION),
        "maxTaskRetryCount": given.get("maxTaskRetryCount", retries),
    }


def complete_task(body: Document, job: Document) -> Document:
    """Fill in what a new task leaves out, some of it from its job."""
    document = {
        **without_empty_lists(body),
        "userIdentity": user_identity(body.get("userIdentity")),
        "constraints": task_constraints(body.get("constraints"), job),
        "requiredSlots": body.get("requiredSlots", 1),
    }
    if "exitConditions" in document:
        document["exitConditions"] = complete_exit_conditions(document["exitConditions"])
    if "outputFiles" in document:
        document["outputFiles"] = [_output_file(each) for each in document["outputFiles"]]
    if "multiInstanceSettings" in document:
        settings = document["multiInstanceSettings"]
        document["multiInstanceSettings"] = {"numberOfInstances": 1, **settings}
    return document


def _output_file(given: Document) -> Document:
    condition = given["uploadOptions"]["uploadCondition"]
    return {**given, "uploadOptions": {"uploadCondition": in_capitals(condition)}}


def _duration(given: str | None, default: str) -> str:
    """Write a duration in its normal form: clients send PT01H00M00S for PT1H."""
    return format_duration(parse_duration(given)) if given is not None else default
