"""The catalogue of errors: each that a request can bring has its status, code and form."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.conformance.description import Description, Type
from tests.emulator.conformance.validation import differences
from tests.emulator.conformance.world import World
from tests.emulator.examples import pool_document
from tests.emulator.running import Answer, wait_until

_STUBBORN = "sh -c 'trap \"\" TERM INT; touch ready; sleep 10'"
_EMPTY = f"/pools/{World.empty_pool}"
_JOB = f"/jobs/{World.job}"
_DONE = f"{_JOB}/tasks/done"
_POOL_BODY = pool_document("p")

_STATUS = "jobpreparationandreleasetaskstatus"


def _asks(method: str, path: str, body: object = None, **headers: str) -> Callable[[World], Answer]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda world: world.service.send(method, path, body, headers=sent)


def _version(version: str | None) -> Callable[[World], Answer]:
    return lambda world: world.service.send("GET", "/pools", version=version)


def _on_an_active_task(action: str) -> Callable[[World], Answer]:
    def ask(world: World) -> Answer:
        job = world.new_job()
        return world.service.send("GET" if action == "files" else "POST", _task(world, job, action))

    return ask


def _task(world: World, job: str, action: str) -> str:
    return f"/jobs/{job}/tasks/{world.new_task(job)}/{action}"


def _job_that_lingers(world: World) -> str:
    """Make a job whose task needs to be killed, so that its end takes a while."""
    job = world.new_job(world.pool)
    task = world.new_task(job, _STUBBORN)
    path = f"/jobs/{job}/tasks/{task}"
    wait_until(lambda: world.read(path)["state"] == "running")
    wait_until(lambda: world.service.send("HEAD", f"{path}/files/wd/ready").status == 200)
    return f"/jobs/{job}"


def _job_being_terminated(world: World) -> Answer:
    job = _job_that_lingers(world)
    world.must("POST", f"{job}/terminate")
    return world.service.send("POST", f"{job}/tasks", {"id": "t", "commandLine": "true"})


def _job_being_deleted(world: World) -> Answer:
    job = _job_that_lingers(world)
    world.must("DELETE", job)
    return world.service.send("PATCH", job, {"priority": 1})


def _job_completed(world: World) -> Answer:
    job = f"/jobs/{world.new_job()}"
    world.must("POST", f"{job}/terminate")
    wait_until(lambda: world.read(job)["state"] == "completed")
    return world.service.send("POST", f"{job}/terminate")


def _new_schedule(world: World, pool: str = World.pool, **specification: object) -> str:
    name = world.name()
    job = {"poolInfo": {"poolId": pool}, **specification}
    body = {"id": name, "schedule": {}, "jobSpecification": job}
    world.must("POST", "/jobschedules", body)
    wait_until(lambda: world.service.send("GET", f"/jobs/{name}:job-1").status == 200)
    return f"/jobschedules/{name}"


def _schedule_that_lingers(method: str, action: str) -> Callable[[World], Answer]:
    """Try an action once more on a schedule whose job needs to be killed."""

    def ask(world: World) -> Answer:
        manager = {"id": "m", "commandLine": _STUBBORN}
        path = _new_schedule(world, world.new_pool(nodes=1), jobManagerTask=manager)
        ready = f"/jobs/{path.rpartition('/')[2]}:job-1/tasks/m/files/wd/ready"
        wait_until(lambda: world.service.send("HEAD", ready).status == 200)
        world.must(method, f"{path}{action}")
        return world.service.send(method, f"{path}{action}")

    return ask


def _schedule_completed(world: World) -> Answer:
    path = _new_schedule(world)
    world.must("POST", f"{path}/terminate")
    wait_until(lambda: world.read(path)["state"] == "completed")
    return world.service.send("POST", f"{path}/enable")


def _schedule_made(twice: str) -> Callable[[World], Answer]:
    """Make a schedule or a job by the id of a schedule."""

    def ask(world: World) -> Answer:
        name = _new_schedule(world).rpartition("/")[2].upper()
        pool: dict[str, object] = {"poolInfo": {"poolId": World.pool}}
        bodies: dict[str, dict[str, object]] = {
            "/jobs": pool,
            "/jobschedules": {"schedule": {}, "jobSpecification": pool},
        }
        return world.service.send("POST", twice, {"id": name, **bodies[twice]})

    return ask


def _pool_on_its_way(world: World) -> str:
    """Make a pool that waits for its task before it lets its node go."""
    pool = world.new_pool(nodes=1)
    job = world.new_job(pool)
    path = f"/jobs/{job}/tasks/{world.new_task(job, _STUBBORN)}"
    wait_until(lambda: world.service.send("HEAD", f"{path}/files/wd/ready").status == 200)
    return f"/pools/{pool}"


def _pool_being_resized(world: World) -> Answer:
    pool = _pool_on_its_way(world)
    body = {"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"}
    world.must("POST", f"{pool}/resize", body)
    return world.service.send("POST", f"{pool}/resize", body)


def _depends_on_too_much(world: World) -> Answer:
    job = world.new_job(usesTaskDependencies=True)
    body = {"id": "t", "commandLine": "true", "dependsOn": {"taskIds": ["x" * 64] * 1001}}
    return world.service.send("POST", f"/jobs/{job}/tasks", body)


def _pool_being_deleted(world: World) -> Answer:
    pool = _pool_on_its_way(world)
    world.must("DELETE", pool)
    return world.service.send("PATCH", pool, {"metadata": []})


def _node_that_is_enabled(world: World) -> Answer:
    return world.service.send("POST", f"/pools/{world.pool}/nodes/{world.node}/enablescheduling")


def _node_being_restarted(action: str) -> Callable[[World], Answer]:
    def ask(world: World) -> Answer:
        pool = _pool_on_its_way(world)
        node = f"{pool}/nodes/{world.read(f'{pool}/nodes')['value'][0]['id']}"
        option = "nodeRebootOption" if action == "reboot" else "nodeReimageOption"
        world.must("POST", f"{node}/{action}", {option: "taskcompletion"})
        return world.service.send("POST", f"{node}/{action}")

    return ask


def _task_with_id(task: str) -> Callable[[World], Answer]:
    """Add a task to a job whose preparation or release task has its id."""

    def ask(world: World) -> Answer:
        side_task = {"commandLine": "true"}
        job = world.new_job(jobPreparationTask=side_task, jobReleaseTask=side_task)
        return world.service.send("POST", f"/jobs/{job}/tasks", {"id": task, **side_task})

    return ask


def _extension(world: World) -> Answer:
    node = f"/pools/{world.pool}/nodes/{world.node}"
    return world.service.send("GET", f"{node}/extensions/nobody")


ERRORS: dict[str, tuple[int, Callable[[World], Answer]]] = {
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
        _asks("POST", "/jobs", {"id": World.job, "poolInfo": {"poolId": World.pool}}),
    ),
    "JobNotFound": (404, _asks("GET", "/jobs/nobody")),
    "JobPreparationTaskNotSpecified": (409, _asks("GET", f"{_JOB}/{_STATUS}")),
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
                "id": World.job,
                "schedule": {},
                "jobSpecification": {"poolInfo": {"poolId": World.pool}},
            },
        ),
    ),
    "MissingRequiredProperty": (400, _asks("POST", "/pools", {"id": "p"})),
    "MissingRequiredQueryParameter": (400, _version(None)),
    "NodeAlreadyInTargetSchedulingState": (409, _node_that_is_enabled),
    "NodeBeingRebooted": (409, _node_being_restarted("reboot")),
    "NodeBeingReimaged": (409, _node_being_restarted("reimage")),
    "NodeNotFound": (404, _asks("GET", f"{_EMPTY}/nodes/nobody")),
    "NotImplemented": (501, _asks("GET", "/poolusagemetrics")),
    "OperationInvalidForCurrentState": (409, _asks("POST", f"{_EMPTY}/stopresize")),
    "OutOfRangeQueryParameterValue": (400, _asks("GET", "/pools?maxresults=0")),
    "PoolBeingDeleted": (409, _pool_being_deleted),
    "PoolBeingResized": (409, _pool_being_resized),
    "PoolExists": (409, _asks("POST", "/pools", pool_document(World.empty_pool))),
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
    world: World, descriptions: dict[str, Description], code: str
) -> None:
    status, ask = ERRORS[code]

    answer = ask(world)

    body = answer.json()
    assert (answer.status, body["code"]) == (status, code)
    assert not list(differences(descriptions["2025-06-01"], Type("model", name="BatchError"), body))
    assert body["message"]["value"].splitlines()[1] == f"RequestId:{answer.headers['request-id']}"
