"""What the service fills in where a request leaves it out, as its answers show it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from batchff.emulator.state.exit_conditions import complete_exit_conditions
from batchff.emulator.state.model import Document
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

_CORES = re.compile(r"[a-z]+(\d+)")


def cores_of(vm_size: str) -> int:
    """Tell the cores of a VM size by its name: `Standard_D4s_v5` has 4."""
    family = vm_size.lower().removeprefix("standard_").removeprefix("basic_")
    match = _CORES.match(family)
    return max(int(match[1]), 1) if match else 1


def user_identity(given: Mapping[str, object] | None) -> Document:
    """Complete who a command runs as: the automatic user of the pool, without rights of admin."""
    given_user = (given or {}).get("autoUser")
    user = given_user if isinstance(given_user, dict) else {}
    return {
        "autoUser": {
            "scope": str(user.get("scope", "pool")).lower(),
            "elevationLevel": str(user.get("elevationLevel", "nonadmin")).lower(),
        }
    }


def asks_for_admin(command: Document) -> bool:
    """Tell whether a task or start task is to be run with the rights of an administrator."""
    return bool(command["userIdentity"]["autoUser"]["elevationLevel"] == "admin")


def complete_start_task(start_task: Document) -> Document:
    """Fill in what a start task leaves out."""
    return {
        **start_task,
        "userIdentity": user_identity(start_task.get("userIdentity")),
        "maxTaskRetryCount": start_task.get("maxTaskRetryCount", 0),
        "waitForSuccess": start_task.get("waitForSuccess", True),
    }


def resize_timeout(body: Document) -> str:
    """Tell how long a resize may take that a request asks for."""
    return _duration(body.get("resizeTimeout"), RESIZE_TIMEOUT)


def complete_pool(body: Document) -> Document:
    """Fill in what a new pool leaves out."""
    policy = body.get("taskSchedulingPolicy") or {"nodeFillType": "spread"}
    machine = body["virtualMachineConfiguration"]
    image = {"version": "latest", **machine["imageReference"]}
    document = {
        **body,
        "vmSize": body["vmSize"].lower(),
        "virtualMachineConfiguration": {**machine, "imageReference": image},
        "resizeTimeout": resize_timeout(body),
        "enableAutoScale": body.get("enableAutoScale", False),
        "enableInterNodeCommunication": False,
        "taskSlotsPerNode": body.get("taskSlotsPerNode", 1),
        "taskSchedulingPolicy": {**policy, "nodeFillType": policy["nodeFillType"].lower()},
    }
    if document["enableAutoScale"]:
        interval = _duration(body.get("autoScaleEvaluationInterval"), AUTOSCALE_INTERVAL)
        document["autoScaleEvaluationInterval"] = interval
    if "startTask" in document:
        document["startTask"] = complete_start_task(document["startTask"])
    return document


def job_constraints(given: Document | None) -> Document:
    """Fill in what a job's constraints leave out."""
    given = given or {}
    return {
        "maxWallClockTime": _duration(given.get("maxWallClockTime"), _NO_LIMIT),
        "maxTaskRetryCount": given.get("maxTaskRetryCount", 0),
    }


def _complete_preparation_task(task: Document) -> Document:
    return {
        **task,
        "id": task.get("id", "jobpreparation"),
        "constraints": _constraints(task.get("constraints"), 0),
        "userIdentity": user_identity(task.get("userIdentity")),
        "waitForSuccess": task.get("waitForSuccess", True),
        "rerunOnNodeRebootAfterSuccess": task.get("rerunOnNodeRebootAfterSuccess", True),
    }


def _complete_release_task(task: Document) -> Document:
    return {
        **task,
        "id": task.get("id", "jobrelease"),
        "maxWallClockTime": _duration(task.get("maxWallClockTime"), _RELEASE_TIME),
        "retentionTime": _duration(task.get("retentionTime"), _RETENTION),
        "userIdentity": user_identity(task.get("userIdentity")),
    }


def complete_job(body: Document) -> Document:
    """Fill in what a new job leaves out, in its own tasks too."""
    document = {
        **body,
        "priority": body.get("priority", 0),
        "maxParallelTasks": -1,
        "allowTaskPreemption": False,
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
        **body,
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
        **body,
        "userIdentity": user_identity(body.get("userIdentity")),
        "constraints": task_constraints(body.get("constraints"), job),
        "requiredSlots": body.get("requiredSlots", 1),
    }
    if "exitConditions" in document:
        document["exitConditions"] = complete_exit_conditions(document["exitConditions"])
    return document


def _duration(given: str | None, default: str) -> str:
    """Write a duration in its normal form: clients send PT01H00M00S for PT1H."""
    return format_duration(parse_duration(given)) if given is not None else default
