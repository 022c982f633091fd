"""The catalogue of errors: each that a request can bring has its status, code and form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.conformance.description import Description, Type
from tests.emulator.conformance.everything import Everything
from tests.emulator.conformance.validation import differences
from tests.emulator.examples import pool_document
from tests.emulator.running import Answer, wait_until

_STUBBORN = "sh -c 'trap \"\" TERM INT; touch ready; sleep 10'"
_EMPTY = f"/pools/{Everything.empty_pool}"
_JOB = f"/jobs/{Everything.job}"
_DONE = f"{_JOB}/tasks/done"
_POOL_BODY = pool_document("p")

_STATUS = "jobpreparationandreleasetaskstatus"


def _asks(
    method: str, path: str, body: object = None, **headers: str
) -> Callable[[Everything], Answer]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda everything: everything.service.send(method, path, body, headers=sent)


def _version(version: str | None) -> Callable[[Everything], Answer]:
    return lambda everything: everything.service.send("GET", "/pools", version=version)


def _on_an_active_task(action: str) -> Callable[[Everything], Answer]:
    def ask(everything: Everything) -> Answer:
        job = everything.new_job()
        return everything.service.send(
            "GET" if action == "files" else "POST", _task(everything, job, action)
        )

    return ask


def _task(everything: Everything, job: str, action: str) -> str:
    return f"/jobs/{job}/tasks/{everything.new_task(job)}/{action}"


def _job_that_lingers(everything: Everything) -> str:
    """Make a job whose task needs to be killed, so that its end takes a while."""
    job = everything.new_job(everything.pool)
    task = everything.new_task(job, _STUBBORN)
    path = f"/jobs/{job}/tasks/{task}"
    wait_until(lambda: everything.read(path)["state"] == "running")
    wait_until(lambda: everything.service.send("HEAD", f"{path}/files/wd/ready").status == 200)
    return f"/jobs/{job}"


def _job_being_terminated(everything: Everything) -> Answer:
    job = _job_that_lingers(everything)
    everything.must("POST", f"{job}/terminate")
    return everything.service.send("POST", f"{job}/tasks", {"id": "t", "commandLine": "true"})


def _job_being_deleted(everything: Everything) -> Answer:
    job = _job_that_lingers(everything)
    everything.must("DELETE", job)
    return everything.service.send("PATCH", job, {"priority": 1})


def _job_completed(everything: Everything) -> Answer:
    job = f"/jobs/{everything.new_job()}"
    everything.must("POST", f"{job}/terminate")
    wait_until(lambda: everything.read(job)["state"] == "completed")
    return everything.service.send("POST", f"{job}/terminate")


def _new_schedule(
    everything: Everything, pool: str = Everything.pool, **specification: object
) -> str:
    name = everything.name()
    job = {"poolInfo": {"poolId": pool}, **specification}
    body = {"id": name, "schedule": {}, "jobSpecification": job}
    everything.must("POST", "/jobschedules", body)
    wait_until(lambda: everything.service.send("GET", f"/jobs/{name}:job-1").status == 200)
    return f"/jobschedules/{name}"


def _schedule_that_lingers(method: str, action: str) -> Callable[[Everything], Answer]:
    """Try an action once more on a schedule whose job needs to be killed."""

    def ask(everything: Everything) -> Answer:
        manager = {"id": "m", "commandLine": _STUBBORN}
        path = _new_schedule(everything, everything.new_pool(nodes=1), jobManagerTask=manager)
        ready = f"/jobs/{path.rpartition('/')[2]}:job-1/tasks/m/files/wd/ready"
        wait_until(lambda: everything.service.send("HEAD", ready).status == 200)
        everything.must(method, f"{path}{action}")
        return everything.service.send(method, f"{path}{action}")

    return ask


def _schedule_completed(everything: Everything) -> Answer:
    path = _new_schedule(everything)
    everything.must("POST", f"{path}/terminate")
    wait_until(lambda: everything.read(path)["state"] == "completed")
    return everything.service.send("POST", f"{path}/enable")


def _schedule_made(twice: str) -> Callable[[Everything], Answer]:
    """Make a schedule or a job by the id of a schedule."""

    def ask(everything: Everything) -> Answer:
        name = _new_schedule(everything).rpartition("/")[2].upper()
        pool: dict[str, object] = {"poolInfo": {"poolId": Everything.pool}}
        bodies: dict[str, dict[str, object]] = {
            "/jobs": pool,
            "/jobschedules": {"schedule": {}, "jobSpecification": pool},
        }
        return everything.service.send("POST", twice, {"id": name, **bodies[twice]})

    return ask


def _pool_on_its_way(everything: Everything) -> str:
    """Make a pool that waits for its task before it lets its node go."""
    pool = everything.new_pool(nodes=1)
    job = everything.new_job(pool)
    path = f"/jobs/{job}/tasks/{everything.new_task(job, _STUBBORN)}"
    wait_until(lambda: everything.service.send("HEAD", f"{path}/files/wd/ready").status == 200)
    return f"/pools/{pool}"


def _pool_being_resized(everything: Everything) -> Answer:
    pool = _pool_on_its_way(everything)
    body = {"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"}
    everything.must("POST", f"{pool}/resize", body)
    return everything.service.send("POST", f"{pool}/resize", body)


def _depends_on_too_much(everything: Everything) -> Answer:
    job = everything.new_job(usesTaskDependencies=True)
    body = {"id": "t", "commandLine": "true", "dependsOn": {"taskIds": ["x" * 64] * 1001}}
    return everything.service.send("POST", f"/jobs/{job}/tasks", body)


def _pool_being_deleted(everything: Everything) -> Answer:
    pool = _pool_on_its_way(everything)
    everything.must("DELETE", pool)
    return everything.service.send("PATCH", pool, {"metadata": []})


def _node_that_is_enabled(everything: Everything) -> Answer:
    return everything.service.send(
        "POST", f"/pools/{everything.pool}/nodes/{everything.node}/enablescheduling"
    )


def _node_being_restarted(action: str) -> Callable[[Everything], Answer]:
    def ask(everything: Everything) -> Answer:
        pool = _pool_on_its_way(everything)
        node = f"{pool}/nodes/{everything.read(f'{pool}/nodes')['value'][0]['id']}"
        option = "nodeRebootOption" if action == "reboot" else "nodeReimageOption"
        everything.must("POST", f"{node}/{action}", {option: "taskcompletion"})
        return everything.service.send("POST", f"{node}/{action}")

    return ask


def _task_with_id(task: str) -> Callable[[Everything], Answer]:
    """Add a task to a job whose preparation or release task has its id."""

    def ask(everything: Everything) -> Answer:
        side_task = {"commandLine": "true"}
        job = everything.new_job(jobPreparationTask=side_task, jobReleaseTask=side_task)
        return everything.service.send("POST", f"/jobs/{job}/tasks", {"id": task, **side_task})

    return ask


def _extension(everything: Everything) -> Answer:
    node = f"/pools/{everything.pool}/nodes/{everything.node}"
    return everything.service.send("GET", f"{node}/extensions/nobody")


ERRORS: dict[str, tuple[int, Callable[[Everything], Answer]]] = {
    "ApplicationNotFound": (404, _asks("GET", "/applications/nobody")),
    "ConditionNotMet": (412, _asks("DELETE", _EMPTY, If_Match="0x0")),
    "FileNotFound": (404, _asks("GET", f"{_DONE}/files/nothing")),
    "InvalidHeaderValue": (400, _asks("GET", f"{_DONE}/files/stdout.txt", ocp_range="all")),
    "InvalidPropertyValue": (400, _asks("POST", "/pools", {**_POOL_BODY, "vmSize": 7})),
    "InvalidQueryParameterValue": (400, _asks("GET", "/pools?maxresults=many")),
    "InvalidRange": (416, _asks("GET", f"{_DONE}/files/stdout.txt", ocp_range="bytes=99-")),
    "InvalidRequestBody": (400, _asks("POST", "/pools", b"{")),
    "InvalidUri": (400, _asks("GET", "/nothing")),
    "JobBeingDeleted": (409, _job_being_deleted),
    "JobBeingTerminated": (409, _job_being_terminated),
    "JobCompleted": (409, _job_completed),
    "JobExists": (
        409,
        _asks("POST", "/jobs", {"id": Everything.job, "poolInfo": {"poolId": Everything.pool}}),
    ),
    "JobNotFound": (404, _asks("GET", "/jobs/nobody")),
    "JobPreparationTaskOrReleaseTaskNotSpecified": (409, _asks("GET", f"{_JOB}/{_STATUS}")),
    "JobScheduleBeingDeleted": (409, _schedule_that_lingers("DELETE", "")),
    "JobScheduleBeingTerminated": (409, _schedule_that_lingers("POST", "/terminate")),
    "JobScheduleCompleted": (409, _schedule_completed),
    "JobScheduleExists": (409, _schedule_made("/jobschedules")),
    "JobScheduleNotFound": (404, _asks("GET", "/jobschedules/nobody")),
    "JobScheduleWithSameIdExists": (409, _schedule_made("/jobs")),
    "JobWithSameIdExists": (
        409,
        _asks(
            "POST",
            "/jobschedules",
            {
                "id": Everything.job,
                "schedule": {},
                "jobSpecification": {"poolInfo": {"poolId": Everything.pool}},
            },
        ),
    ),
    "MissingRequiredProperty": (400, _asks("POST", "/pools", {"id": "p"})),
    "MissingRequiredQueryParameter": (400, _version(None)),
    "NodeAlreadyInTargetSchedulingState": (409, _node_that_is_enabled),
    "NodeBeingRebooted": (409, _node_being_restarted("reboot")),
    "NodeBeingReimaged": (409, _node_being_restarted("reimage")),
    "NodeNotFound": (404, _asks("GET", f"{_EMPTY}/nodes/nobody")),
    "OperationInvalidForCurrentState": (409, _asks("POST", f"{_EMPTY}/stopresize")),
    "PoolBeingDeleted": (409, _pool_being_deleted),
    "PoolBeingResized": (409, _pool_being_resized),
    "PoolExists": (409, _asks("POST", "/pools", pool_document(Everything.empty_pool))),
    "PoolNotFound": (404, _asks("GET", "/pools/nobody")),
    "RequestBodyTooLarge": (413, _asks("POST", "/pools", b" " * (1 << 20) + b"{}")),
    "ResourceNotFound": (404, _extension),
    "TaskCompleted": (409, _asks("POST", f"{_DONE}/terminate")),
    "TaskDependenciesNotSpecifiedOnJob": (
        400,
        _asks("POST", f"{_JOB}/tasks", {"id": "x", "commandLine": "true", "dependsOn": {}}),
    ),
    "TaskDependencyListTooLong": (400, _depends_on_too_much),
    "TaskExists": (409, _asks("POST", f"{_JOB}/tasks", {"id": "DONE", "commandLine": "true"})),
    "TaskFilesUnavailable": (404, _on_an_active_task("files")),
    "TaskIdSameAsJobPreparationTask": (409, _task_with_id("jobpreparation")),
    "TaskIdSameAsJobReleaseTask": (409, _task_with_id("jobrelease")),
    "TaskNotCompleted": (409, _on_an_active_task("reactivate")),
    "TaskNotFound": (404, _asks("GET", f"{_JOB}/tasks/nobody")),
    "TaskSucceeded": (409, _asks("POST", f"{_DONE}/reactivate")),
    "UnsupportedHttpVerb": (405, _asks("PUT", "/pools")),
    "UnsupportedQueryParameter": (400, _asks("GET", "/pools?$top=1")),
    "UnsupportedRequestVersion": (400, _version("2000-01-01")),
}


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_has_its_status_code_and_form(
    everything: Everything, descriptions: dict[str, Description], code: str
) -> None:
    status, ask = ERRORS[code]

    answer = ask(everything)

    body = answer.json()
    assert (answer.status, body["code"]) == (status, code)
    assert not list(differences(descriptions["2025-06-01"], Type("model", name="BatchError"), body))
    assert body["message"]["value"].splitlines()[1] == f"RequestId:{answer.headers['request-id']}"
