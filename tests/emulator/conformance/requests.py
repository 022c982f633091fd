"""For each operation, requests that succeed; each makes what it uses up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from batchff.emulator.batch.routes import OPERATIONS
from tests.emulator.conformance.everything import METADATA, START_TASK, Everything
from tests.emulator.examples import pool_document
from tests.emulator.running import wait_until


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, its method left out: that is the operation's."""

    path: str
    body: object = None


Requests = Callable[[Everything], Iterator[Sent]]

_FORMULA = "$TargetDedicatedNodes = 0;"


def _reading(*paths: str) -> Requests:
    """Read what stands: P, N and J are the furnished pool, its node and its job."""

    def requests(everything: Everything) -> Iterator[Sent]:
        places = {
            "P": f"/pools/{everything.pool}",
            "N": f"/pools/{everything.pool}/nodes/{everything.node}",
            "J": f"/jobs/{everything.job}",
        }
        for path in paths:
            first, slash, rest = path.partition("/")
            yield Sent(places.get(first, first) + slash + rest)

    return requests


def _create_pool(everything: Everything) -> Iterator[Sent]:
    yield Sent("/pools", pool_document(everything.name()))
    full = pool_document(everything.name(), startTask=START_TASK, metadata=METADATA)
    yield Sent("/pools", full)


def _update_pool(everything: Everything) -> Iterator[Sent]:
    yield Sent(f"/pools/{everything.new_pool()}", {"metadata": METADATA, "startTask": START_TASK})


def _replace_pool_properties(everything: Everything) -> Iterator[Sent]:
    # The older of the two versions requires its certificates and knows their field.
    body = {"startTask": START_TASK, "metadata": METADATA, "applicationPackageReferences": []}
    yield Sent(f"/pools/{everything.new_pool()}/updateproperties", body)


def _resize_pool(everything: Everything) -> Iterator[Sent]:
    body = {"targetDedicatedNodes": 0, "nodeDeallocationOption": "requeue", "resizeTimeout": "PT5M"}
    yield Sent(f"/pools/{everything.new_pool()}/resize", body)


def _stop_pool_resize(everything: Everything) -> Iterator[Sent]:
    pool = everything.new_pool(nodes=1)
    job = everything.new_job(pool)
    task = everything.new_task(job, "sleep 600")
    wait_until(lambda: everything.read(f"/jobs/{job}/tasks/{task}")["state"] == "running")
    waiting = {"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"}
    everything.must("POST", f"/pools/{pool}/resize", waiting)
    yield Sent(f"/pools/{pool}/stopresize")
    everything.must("DELETE", f"/jobs/{job}")


def _delete_pool(everything: Everything) -> Iterator[Sent]:
    yield Sent(f"/pools/{everything.new_pool()}")


def _enable_auto_scale(everything: Everything) -> Iterator[Sent]:
    yield Sent(f"/pools/{everything.new_pool()}/enableautoscale", {"autoScaleFormula": _FORMULA})


def _scaling_pool(everything: Everything) -> str:
    pool = everything.new_pool()
    everything.must("POST", f"/pools/{pool}/enableautoscale", {"autoScaleFormula": _FORMULA})
    return pool


def _evaluate_auto_scale(everything: Everything) -> Iterator[Sent]:
    path = f"/pools/{_scaling_pool(everything)}/evaluateautoscale"
    yield Sent(path, {"autoScaleFormula": _FORMULA})


def _disable_auto_scale(everything: Everything) -> Iterator[Sent]:
    yield Sent(f"/pools/{_scaling_pool(everything)}/disableautoscale")


def _remove_nodes(everything: Everything) -> Iterator[Sent]:
    pool, node = everything.new_node()
    yield Sent(f"/pools/{pool}/removenodes", {"nodeList": [node]})


def _on_a_node(action: str) -> Requests:
    def requests(everything: Everything) -> Iterator[Sent]:
        pool, node = everything.new_node()
        yield Sent(f"/pools/{pool}/nodes/{node}/{action}")

    return requests


def _start_node(everything: Everything) -> Iterator[Sent]:
    pool, node = everything.new_node()
    everything.must("POST", f"/pools/{pool}/nodes/{node}/deallocate")
    wait_until(lambda: everything.states(pool) == ["deallocated"])
    yield Sent(f"/pools/{pool}/nodes/{node}/start")


def _enable_node_scheduling(everything: Everything) -> Iterator[Sent]:
    pool, node = everything.new_node()
    everything.must("POST", f"/pools/{pool}/nodes/{node}/disablescheduling")
    yield Sent(f"/pools/{pool}/nodes/{node}/enablescheduling")


def _create_node_user(everything: Everything) -> Iterator[Sent]:
    body = {"name": everything.name(), "password": "x", "expiryTime": "2030-01-01T00:00:00Z"}
    yield Sent(f"/pools/{everything.pool}/nodes/{everything.node}/users", body)


def _on_a_user(body: object = None) -> Requests:
    def requests(everything: Everything) -> Iterator[Sent]:
        users = f"/pools/{everything.pool}/nodes/{everything.node}/users"
        name = everything.name()
        everything.must("POST", users, {"name": name, "password": "x"})
        yield Sent(f"{users}/{name}", body)

    return requests


def _upload_node_logs(everything: Everything) -> Iterator[Sent]:
    service = everything.service
    container = f"{service.blob_endpoint}/{service.identity.storage.name}/logs"
    body = {"containerUrl": container, "startTime": "2026-01-01T00:00:00Z"}
    yield Sent(f"/pools/{everything.pool}/nodes/{everything.node}/uploadbatchservicelogs", body)


def _delete_node_file(everything: Everything) -> Iterator[Sent]:
    pool, node = everything.new_node()
    (everything.service.root.nodes / node / "shared" / "made").touch()
    yield Sent(f"/pools/{pool}/nodes/{node}/files/shared/made")


def _create_job(everything: Everything) -> Iterator[Sent]:
    pool = {"poolId": everything.empty_pool}
    yield Sent("/jobs", {"id": everything.name(), "poolInfo": pool})
    yield Sent("/jobs", {"id": everything.name(), "poolInfo": pool, "metadata": METADATA})
    yield Sent("/jobs", {"id": everything.name(), "poolInfo": pool, "jobManagerTask": MANAGER})


def _on_a_job(action: str = "", body: object = None) -> Requests:
    def requests(everything: Everything) -> Iterator[Sent]:
        yield Sent(f"/jobs/{everything.new_job()}{action}", body)

    return requests


def _replace_job(everything: Everything) -> Iterator[Sent]:
    body = {"poolInfo": {"poolId": everything.empty_pool}, "priority": 5, "metadata": METADATA}
    yield Sent(f"/jobs/{everything.new_job()}", body)


def _enable_job(everything: Everything) -> Iterator[Sent]:
    job = everything.new_job()
    everything.must("POST", f"/jobs/{job}/disable", {"disableTasks": "requeue"})
    wait_until(lambda: everything.read(f"/jobs/{job}")["state"] == "disabled")
    yield Sent(f"/jobs/{job}/enable")


def _get_job(everything: Everything) -> Iterator[Sent]:
    yield from _reading("J", f"/jobs/{Everything.released}")(everything)
    ended = everything.new_job()
    everything.must("POST", f"/jobs/{ended}/terminate", {"terminateReason": "Enough"})
    wait_until(lambda: everything.read(f"/jobs/{ended}")["state"] == "completed")
    yield Sent(f"/jobs/{ended}")


MANAGER = {
    "id": "manager",
    "commandLine": "true",
    "killJobOnCompletion": False,
    "constraints": {"maxTaskRetryCount": 1},
}


def _job_of_a_schedule(**fields: object) -> dict[str, object]:
    return {"poolInfo": {"poolId": Everything.empty_pool}, "metadata": METADATA, **fields}


def _schedule(everything: Everything, **times: str) -> str:
    """Make a job schedule, and wait for its job."""
    name = everything.name()
    specification = _job_of_a_schedule(jobManagerTask=MANAGER)
    body = {"id": name, "schedule": times, "jobSpecification": specification}
    everything.must("POST", "/jobschedules", body)
    path = f"/jobschedules/{name}"
    wait_until(lambda: "recentJob" in everything.read(path)["executionInfo"])
    return path


def _create_job_schedule(everything: Everything) -> Iterator[Sent]:
    specification = _job_of_a_schedule()
    later = {"doNotRunUntil": "2100-01-01T00:00:00Z"}
    yield Sent(
        "/jobschedules",
        {"id": everything.name(), "schedule": later, "jobSpecification": specification},
    )


def _on_a_schedule(action: str = "", body: object = None) -> Requests:
    def requests(everything: Everything) -> Iterator[Sent]:
        path = _schedule(everything, recurrenceInterval="PT1H", startWindow="PT5M")
        yield Sent(f"{path}{action}", body)

    return requests


def _get_job_schedule(everything: Everything) -> Iterator[Sent]:
    path = _schedule(everything, recurrenceInterval="PT1H", doNotRunAfter="2100-01-01T00:00:00Z")
    yield Sent(path)
    everything.must("POST", f"{path}/terminate")
    wait_until(lambda: everything.read(path)["state"] == "completed")
    yield Sent(path)


def _list_job_schedules(everything: Everything) -> Iterator[Sent]:
    _schedule(everything)
    yield Sent("/jobschedules")


def _create_task(everything: Everything) -> Iterator[Sent]:
    failure = "performexitoptionsjobaction"
    job = everything.new_job(usesTaskDependencies=True, onTaskFailure=failure)
    yield Sent(f"/jobs/{job}/tasks", {"id": "t", "commandLine": "true"})


def _create_task_collection(everything: Everything) -> Iterator[Sent]:
    good, bad = {"id": "t", "commandLine": "true"}, {"id": "no command"}
    yield Sent(f"/jobs/{everything.new_job()}/addtaskcollection", {"value": [good, good, bad]})


def _on_a_task(action: str = "", body: object = None) -> Requests:
    def requests(everything: Everything) -> Iterator[Sent]:
        job = everything.new_job()
        yield Sent(f"/jobs/{job}/tasks/{everything.new_task(job)}{action}", body)

    return requests


def _reactivate_task(everything: Everything) -> Iterator[Sent]:
    job, task = everything.run("false")
    yield Sent(f"/jobs/{job}/tasks/{task}/reactivate")


def _delete_task_file(everything: Everything) -> Iterator[Sent]:
    job, task = everything.run("true")
    yield Sent(f"/jobs/{job}/tasks/{task}/files/stdout.txt")


_TASKS = ("done", "failed", "unknown", "everything", "running")
_LOG = "/stdout.txt"

REQUESTS: dict[str, Requests] = {
    "ListApplications": _reading("/applications"),
    "ListSupportedImages": _reading("/supportedimages"),
    "ListPoolNodeCounts": _reading("/nodecounts"),
    "CreatePool": _create_pool,
    "ListPools": _reading("/pools", "/pools?maxresults=1"),
    "DeletePool": _delete_pool,
    "PoolExists": _reading("P"),
    "GetPool": _reading("P", f"/pools/{Everything.empty_pool}"),
    "UpdatePool": _update_pool,
    "DisablePoolAutoScale": _disable_auto_scale,
    "EnablePoolAutoScale": _enable_auto_scale,
    "EvaluatePoolAutoScale": _evaluate_auto_scale,
    "ResizePool": _resize_pool,
    "StopPoolResize": _stop_pool_resize,
    "ReplacePoolProperties": _replace_pool_properties,
    "RemoveNodes": _remove_nodes,
    "ListNodes": _reading("P/nodes"),
    "GetNode": _reading("N"),
    "RebootNode": _on_a_node("reboot"),
    "ReimageNode": _on_a_node("reimage"),
    "DeallocateNode": _on_a_node("deallocate"),
    "StartNode": _start_node,
    "DisableNodeScheduling": _on_a_node("disablescheduling"),
    "EnableNodeScheduling": _enable_node_scheduling,
    "ListPoolUsageMetrics": _reading("/poolusagemetrics"),
    "CreateNodeUser": _create_node_user,
    "ReplaceNodeUser": _on_a_user({"password": "another"}),
    "DeleteNodeUser": _on_a_user(),
    "GetNodeRemoteLoginSettings": _reading("N/remoteloginsettings"),
    "UploadNodeLogs": _upload_node_logs,
    "GetNodeExtension": _reading("N/extensions/batchNodeExtension"),
    "ListNodeExtensions": _reading("N/extensions"),
    "ListNodeFiles": _reading("N/files", "N/files?recursive=true"),
    "DeleteNodeFile": _delete_node_file,
    "GetNodeFileProperties": _reading("N/files/startup" + _LOG, "N/files/shared"),
    "DownloadNodeFile": _reading("N/files/startup" + _LOG),
    "CreateJob": _create_job,
    "ListJobs": _reading("/jobs", "/jobs?maxresults=1"),
    "DeleteJob": _on_a_job(),
    "GetJob": _get_job,
    "UpdateJob": _on_a_job(body={"priority": 1}),
    "ReplaceJob": _replace_job,
    "DisableJob": _on_a_job("/disable", {"disableTasks": "requeue"}),
    "EnableJob": _enable_job,
    "TerminateJob": _on_a_job("/terminate"),
    "ListJobPreparationAndReleaseTaskStatus": _reading(
        f"/jobs/{Everything.released}/jobpreparationandreleasetaskstatus"
    ),
    "GetJobTaskCounts": _reading("J/taskcounts"),
    "CreateJobSchedule": _create_job_schedule,
    "ListJobSchedules": _list_job_schedules,
    "JobScheduleExists": _on_a_schedule(),
    "DeleteJobSchedule": _on_a_schedule(),
    "GetJobSchedule": _get_job_schedule,
    "UpdateJobSchedule": _on_a_schedule(body={"metadata": METADATA}),
    "ReplaceJobSchedule": _on_a_schedule(
        body={"schedule": {}, "jobSpecification": _job_of_a_schedule()}
    ),
    "DisableJobSchedule": _on_a_schedule("/disable"),
    "EnableJobSchedule": _on_a_schedule("/enable"),
    "TerminateJobSchedule": _on_a_schedule("/terminate"),
    "ListJobsFromSchedule": _on_a_schedule("/jobs"),
    "CreateTask": _create_task,
    "ListTasks": _reading("J/tasks", "J/tasks?maxresults=2"),
    "CreateTaskCollection": _create_task_collection,
    "DeleteTask": _on_a_task(),
    "GetTask": _reading(*(f"J/tasks/{task}" for task in _TASKS)),
    "ReplaceTask": _on_a_task(body={"constraints": {"maxTaskRetryCount": 3}}),
    "ListSubtasks": _reading("J/tasks/done/subtasksinfo"),
    "TerminateTask": _on_a_task("/terminate"),
    "ReactivateTask": _reactivate_task,
    "ListTaskFiles": _reading("J/tasks/done/files", "J/tasks/done/files?recursive=true"),
    "DeleteTaskFile": _delete_task_file,
    "DownloadTaskFile": _reading("J/tasks/done/files" + _LOG),
    "GetTaskFileProperties": _reading("J/tasks/done/files" + _LOG, "J/tasks/done/files/wd"),
}

NEVER_FOUND = ("GetApplication",)
"""What has nothing to give: the emulator has no applications."""

SERVED = [
    operation
    for operation in OPERATIONS
    if operation.handler is not None and operation.name not in NEVER_FOUND
]
