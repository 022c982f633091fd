from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.emulator.examples import (
    awaited_output,
    code_of,
    completed,
    job,
    output,
    run,
    task,
    values_of,
)
from tests.emulator.running import Connection, is_alive, wait_until


def _info(made: models.BatchTask) -> models.BatchTaskExecutionInfo:
    assert made.execution_info is not None
    return made.execution_info


def _running(client: BatchClient, job_id: str, task_id: str) -> None:
    wait_until(lambda: client.get_task(job_id, task_id).state == "running")


def test_a_task_runs_and_says_where_and_how(client: BatchClient, job: str, pool: str) -> None:
    done = run(client, job, "sh -c 'echo out; echo err >&2'")

    assert done.previous_state == models.BatchTaskState.RUNNING
    assert (_info(done).exit_code, _info(done).result) == (0, "success")
    assert _info(done).failure_info is None
    start, end = _info(done).start_time, _info(done).end_time
    assert start is not None and end is not None and start <= end
    assert done.node_info is not None
    assert done.node_info.pool_id == pool
    assert done.node_info.task_root_directory == f"workitems/{job}/job-1/t"
    assert output(client, job, "t") == "out\n"
    assert output(client, job, "t", "stderr.txt") == "err\n"


@pytest.mark.parametrize(
    ("command", "exit_code"),
    [("false", 1), ("sh -c 'exit 42'", 42), ("sh -c 'kill -9 $$'", 137)],
)
def test_a_failed_task_tells_its_exit_code(
    client: BatchClient, job: str, command: str, exit_code: int
) -> None:
    info = _info(run(client, job, command))

    assert (info.exit_code, info.result) == (exit_code, "failure")
    assert info.failure_info is not None
    assert info.failure_info.code == "FailureExitCode"
    assert info.failure_info.category == "UserError"
    details = [(each.name, each.value) for each in info.failure_info.details or ()]
    assert details == [("Message", info.failure_info.message)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"containerSettings": {"imageName": "ubuntu"}}, "ContainerPoolNotSupported"),
        ({"applicationPackageReferences": [{"applicationId": "x"}]}, "ApplicationPackageNotFound"),
    ],
)
def test_a_task_fails_that_its_pool_could_not_run(
    service: Connection, client: BatchClient, job: str, fields: Any, code: str
) -> None:
    body = {"id": "t", "commandLine": "true", **fields}
    assert service.send("POST", f"/jobs/{job}/tasks", body).status == 201

    failure = _info(completed(client, job, "t")).failure_info

    assert failure is not None and failure.code == code


def test_a_task_that_was_ended_before_it_ran_has_no_node(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))
    client.terminate_task(idle_job, "t")

    ended = service.send("GET", f"/jobs/{idle_job}/tasks/t").json()

    assert ended["nodeInfo"] == {}
    message = ended["executionInfo"]["failureInfo"]["message"]
    assert message == "Task Was Ended by User Request"


def test_tasks_are_listed_by_their_ids(client: BatchClient, idle_job: str) -> None:
    client.create_tasks(idle_job, [task(f"task{number}") for number in (2, 10, 1)])

    assert [each.id for each in client.list_tasks(idle_job)] == ["task1", "task10", "task2"]


@pytest.mark.parametrize("command", ["no-such-program --x", "/no/such/program", "./missing"])
def test_a_program_that_is_not_there(client: BatchClient, job: str, command: str) -> None:
    info = _info(run(client, job, command))

    assert info.exit_code is None
    assert info.failure_info is not None
    assert info.failure_info.code == "CommandProgramNotFound"


@pytest.mark.parametrize("command", ["/", "sh -c 'unclosed", "echo a\0b"])
def test_a_command_that_cannot_be_launched(client: BatchClient, job: str, command: str) -> None:
    info = _info(run(client, job, command))

    assert info.failure_info is not None
    assert info.failure_info.code == "CommandLaunchFailed"


def test_the_command_line_is_split_without_a_shell(client: BatchClient, job: str) -> None:
    run(client, job, "printf '%s|' one 'two three' \"four 'five'\" $HOME '*' '>' x ';' '$(id)'")

    assert output(client, job, "t") == "one|two three|four 'five'|$HOME|*|>|x|;|$(id)|"


def test_the_environment_is_the_nodes_and_the_tasks_not_the_emulators(
    client: BatchClient, pool: str, name: str, service: Connection
) -> None:
    common = [models.EnvironmentSetting(name="A", value="job"), _setting("B", "job")]
    client.create_job(job(name, pool, common_environment_settings=common))
    run(client, name, "env", environment_settings=[_setting("B", "task")])

    found = dict(line.split("=", 1) for line in output(client, name, "t").splitlines())

    assert (found["A"], found["B"]) == ("job", "task")
    assert found["AZ_BATCH_ACCOUNT_NAME"] == service.identity.batch.name
    assert found["AZ_BATCH_ACCOUNT_URL"] == service.batch_endpoint
    assert found["AZ_BATCH_POOL_ID"] == pool
    assert found["AZ_BATCH_JOB_ID"] == name
    assert found["AZ_BATCH_TASK_ID"] == "t"
    assert found["AZ_BATCH_NODE_IS_DEDICATED"] == "true"
    root = service.root.nodes / found["AZ_BATCH_NODE_ID"]
    assert found["AZ_BATCH_NODE_ROOT_DIR"] == str(root)
    assert found["AZ_BATCH_NODE_SHARED_DIR"] == str(root / "shared")
    assert found["AZ_BATCH_NODE_STARTUP_DIR"] == str(root / "startup")
    assert found["AZ_BATCH_TASK_DIR"] == str(root / "workitems" / name / "job-1" / "t")
    assert found["AZ_BATCH_TASK_WORKING_DIR"] == found["HOME"]
    ours = {"PATH", "HOME", "LANG", "A", "B"}
    assert {key for key in found if not key.startswith("AZ_BATCH_")} == ours


def _setting(name: str, value: str) -> models.EnvironmentSetting:
    return models.EnvironmentSetting(name=name, value=value)


def test_a_failing_task_is_tried_again_up_to_its_limit(client: BatchClient, job: str) -> None:
    constraints = models.BatchTaskConstraints(max_task_retry_count=2)
    command = "sh -c 'echo x >> $AZ_BATCH_NODE_SHARED_DIR/$AZ_BATCH_JOB_ID; exit 1'"
    done = run(client, job, command, constraints=constraints)

    assert (_info(done).retry_count, _info(done).result) == (2, "failure")
    assert _info(done).last_retry_time is not None
    assert done.node_info is not None and done.node_info.node_id and done.node_info.pool_id
    tries = client.download_node_file(
        done.node_info.pool_id, done.node_info.node_id, f"shared/{job}"
    )
    assert b"".join(tries) == b"x\n" * 3


def test_a_try_that_succeeds_is_the_last_and_finds_what_the_one_before_left(
    client: BatchClient, job: str
) -> None:
    mark = "$AZ_BATCH_NODE_SHARED_DIR/$AZ_BATCH_JOB_ID"
    command = f"sh -c 'ls; touch left; test -e {mark} || {{ touch {mark}; exit 1; }}'"
    constraints = models.BatchTaskConstraints(max_task_retry_count=5)
    done = run(client, job, command, constraints=constraints)

    assert (_info(done).retry_count, _info(done).result) == (1, "success")
    assert output(client, job, "t") == "left\n"


def test_the_number_of_retries_comes_from_the_job(
    client: BatchClient, pool: str, name: str
) -> None:
    constraints = models.BatchJobConstraints(max_task_retry_count=1)
    client.create_job(job(name, pool, constraints=constraints))

    assert _info(run(client, name, "false")).retry_count == 1


def test_what_is_no_exit_code_is_not_tried_again(client: BatchClient, job: str) -> None:
    constraints = models.BatchTaskConstraints(max_task_retry_count=5)

    assert _info(run(client, job, "no-such-program", constraints=constraints)).retry_count == 0


def test_terminating_a_running_task_kills_all_of_it(client: BatchClient, job: str) -> None:
    command = "sh -c 'trap : TERM; (sleep 600; echo late) & echo $! > child; wait; wait'"
    client.create_task(job, task("t", command))
    child = int(awaited_output(client, job, "t", "wd/child"))

    client.terminate_task(job, "t")

    done = client.get_task(job, "t")
    assert done.state == "completed"
    failure = _info(done).failure_info
    assert failure is not None and failure.code == "TaskEnded"
    wait_until(lambda: not is_alive(child))


@pytest.mark.skipif(sys.platform != "linux", reason="what left its session is found in /proc")
def test_what_left_its_session_ends_with_a_task_that_is_ended(
    client: BatchClient, job: str
) -> None:
    command = "sh -c 'setsid sleep 600 & echo $! > child; wait'"
    brief = models.BatchTaskConstraints(max_wall_clock_time=timedelta(seconds=1))
    client.create_task(job, task("limited", command, constraints=brief))
    client.create_task(job, task("ended", command))
    client.create_task(job, task("other", command))
    limited, ended, other = (
        int(awaited_output(client, job, name, "wd/child")) for name in ("limited", "ended", "other")
    )

    client.terminate_task(job, "ended")

    wait_until(lambda: not is_alive(ended) and not is_alive(limited))
    assert is_alive(other)
    client.terminate_task(job, "other")


def test_what_a_task_leaves_running_ends_with_it(client: BatchClient, job: str) -> None:
    run(client, job, "sh -c 'sleep 600 & echo $!'")

    child = int(output(client, job, "t"))

    wait_until(lambda: not is_alive(child))


def test_terminating_what_waits_and_what_is_over(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))
    client.terminate_task(idle_job, "t")

    again = service.send("POST", f"/jobs/{idle_job}/tasks/t/terminate")

    assert client.get_task(idle_job, "t").state == "completed"
    assert (again.status, code_of(again)) == (409, "TaskCompleted")


def test_a_failed_task_can_be_reactivated(client: BatchClient, job: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    constraints = models.BatchTaskConstraints(max_task_retry_count=1)
    failed = run(client, job, f"test -e {mark}", constraints=constraints)
    assert (_info(failed).result, _info(failed).retry_count) == ("failure", 1)
    mark.touch()

    client.reactivate_task(job, "t")

    done = completed(client, job, "t")
    assert (_info(done).result, _info(done).retry_count) == ("success", 0)


def test_what_succeeded_or_goes_on_is_not_reactivated(
    service: Connection, client: BatchClient, job: str, idle_job: str
) -> None:
    run(client, job, "true")
    client.create_task(idle_job, task("t"))

    waiting = service.send("POST", f"/jobs/{idle_job}/tasks/t/reactivate")
    succeeded = service.send("POST", f"/jobs/{job}/tasks/t/reactivate")

    assert (waiting.status, code_of(waiting)) == (409, "TaskNotCompleted")
    assert (succeeded.status, code_of(succeeded)) == (409, "TaskSucceeded")


def test_deleting_a_task_takes_its_process_and_files_along(
    service: Connection, client: BatchClient, job: str
) -> None:
    client.create_task(job, task("t", "sleep 600"))
    _running(client, job, "t")
    node = client.get_task(job, "t").node_info
    assert node is not None and node.node_id is not None
    directory = service.root.nodes / node.node_id / "workitems" / job / "job-1" / "t"
    wait_until(directory.exists)

    client.delete_task(job, "t")

    with pytest.raises(ResourceNotFoundError):
        client.get_task(job, "t")
    wait_until(lambda: not directory.exists())
    client.create_task(job, task("t", "true"))
    assert _info(completed(client, job, "t")).result == "success"


def test_an_id_is_taken_once(client: BatchClient, idle_job: str) -> None:
    client.create_task(idle_job, task("Same"))

    with pytest.raises(ResourceExistsError):
        client.create_task(idle_job, task("same"))


def test_constraints_can_be_replaced(client: BatchClient, idle_job: str) -> None:
    client.create_task(idle_job, task("t"))
    made = client.get_task(idle_job, "t")
    made.constraints = models.BatchTaskConstraints(max_task_retry_count=4)

    client.replace_task(idle_job, "t", models.BatchTask(constraints=made.constraints))

    changed = client.get_task(idle_job, "t").constraints
    assert changed is not None and changed.max_task_retry_count == 4


def _collection(service: Connection, job_id: str, tasks: list[Any]) -> Any:
    return service.send("POST", f"/jobs/{job_id}/addtaskcollection", {"value": tasks})


def test_each_task_of_a_collection_has_its_own_result(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    tasks = [
        {"id": "a", "commandLine": "true"},
        {"id": "A", "commandLine": "true"},
        {"id": "b"},
        {"id": "c", "commandLine": "true", "affinityInfo": {}},
        {"id": "d", "commandLine": "true"},
        7,
    ]

    response = _collection(service, idle_job, tasks)

    assert response.status == 200
    results = response.json()["value"]
    by_id = {item["taskId"]: item for item in results}
    codes = {task_id: item.get("error", {}).get("code") for task_id, item in by_id.items()}
    assert codes == {
        "a": None,
        "A": "TaskExists",
        "b": "MissingRequiredProperty",
        "c": "MissingRequiredProperty",
        "d": None,
        "": "InvalidPropertyValue",
    }
    for item in results:
        assert item["status"] == ("ClientError" if "error" in item else "Success")
    assert by_id["a"]["location"] == f"{service.batch_endpoint}/jobs/{idle_job}/tasks/a"
    assert by_id["a"]["eTag"] == client.get_task(idle_job, "a").etag
    assert sorted(each.id for each in client.list_tasks(idle_job)) == ["a", "d"]


@pytest.mark.parametrize("count", [2, 3, 100])
def test_a_collection_is_answered_in_another_order_that_is_always_the_same(
    service: Connection, idle_job: str, count: int
) -> None:
    sent = [{"id": f"t{index}", "commandLine": "true"} for index in range(count)]
    ids = [task["id"] for task in sent]

    first, second = (
        [item["taskId"] for item in _collection(service, idle_job, sent).json()["value"]]
        for _ in range(2)
    )

    assert first == second != ids
    assert sorted(first) == sorted(ids)


@pytest.mark.parametrize("version", ["2018-12-01.8.0", "2022-10-01.16.0", "2025-06-01"])
def test_a_result_begins_with_a_capital_in_all_versions(
    service: Connection, idle_job: str, version: str
) -> None:
    body = {"value": [{"id": "t", "commandLine": "true"}, {"id": "without a command"}]}

    answer = service.send("POST", f"/jobs/{idle_job}/addtaskcollection", body, version=version)

    statuses = {item["status"] for item in answer.json()["value"]}
    assert statuses == {"Success", "ClientError"}


def test_a_collection_holds_100_tasks_and_a_mebibyte(service: Connection, idle_job: str) -> None:
    tasks = [{"id": f"t{index}", "commandLine": "true"} for index in range(101)]
    long = [{"id": "t", "commandLine": "x" * (1 << 20)}]

    assert _collection(service, idle_job, tasks[:100]).status == 200
    too_many = _collection(service, idle_job, tasks)
    too_large = _collection(service, idle_job, long)

    assert too_many.status == 400 and values_of(too_many)["PropertyName"] == "value"
    assert (too_large.status, code_of(too_large)) == (413, "RequestBodyTooLarge")


def test_the_sdk_adds_a_thousand_tasks_and_can_repeat_itself(
    client: BatchClient, idle_job: str
) -> None:
    tasks = [task(f"t{index:03}") for index in range(1000)]

    client.create_tasks(idle_job, tasks, max_concurrency=4)
    client.create_tasks(idle_job, tasks[:150])

    assert client.get_job_task_counts(idle_job).task_counts.active == 1000


def test_more_slots_than_a_node_has_are_refused(service: Connection, job: str) -> None:
    body = {"id": "t", "commandLine": "true", "requiredSlots": 3}

    response = service.send("POST", f"/jobs/{job}/tasks", body)

    assert response.status == 400
    assert values_of(response)["PropertyName"] == "requiredSlots"


def _with_files(length: int) -> dict[str, Any]:
    """A task whose resource files have so many characters."""
    files = [{"httpUrl": "http://localhost/ü", "filePath": f"{index:03}"} for index in range(300)]
    missing = length - len(json.dumps(files, ensure_ascii=False, separators=(",", ":")))
    files[0]["filePath"] += "x" * missing
    return {"id": "t", "commandLine": "true", "resourceFiles": files}


def test_more_resource_files_than_the_service_takes_are_refused(
    service: Connection, idle_job: str
) -> None:
    response = service.send("POST", f"/jobs/{idle_job}/tasks", _with_files(32_769))

    assert (response.status, code_of(response)) == (400, "InvalidPropertyValue")
    assert values_of(response) == {
        "PropertyName": "resourceFiles",
        "Reason": "Total size of resourceFiles cannot be more than 32768 characters",
    }
    [refused] = _collection(service, idle_job, [_with_files(32_769)]).json()["value"]
    assert (refused["status"], refused["error"]["code"]) == ("ClientError", "InvalidPropertyValue")
    assert service.send("POST", f"/jobs/{idle_job}/tasks", _with_files(32_768)).status == 201


def test_longer_lists_of_dependencies_than_the_service_takes_are_refused(
    service: Connection, client: BatchClient, empty_pool: str, name: str
) -> None:
    client.create_job(job(name, empty_pool, uses_task_dependencies=True))
    ids = [f"{index:064}" for index in range(1000)]

    def add(task_id: str, *after: str) -> Any:
        body = {"id": task_id, "commandLine": "true", "dependsOn": {"taskIds": list(after)}}
        return service.send("POST", f"/jobs/{name}/tasks", body)

    assert add("most", *ids).status == 201
    refused = add("more", *ids, "x")
    assert (refused.status, code_of(refused)) == (400, "TaskDependencyListTooLong")


def test_a_display_name_has_at_most_1024_characters(service: Connection, idle_job: str) -> None:
    for length, status in ((1024, 201), (1025, 400)):
        body = {"id": f"t{length}", "commandLine": "true", "displayName": "ü" * length}
        response = service.send("POST", f"/jobs/{idle_job}/tasks", body)
        assert response.status == status
    assert values_of(response)["PropertyName"] == "displayName"


def test_what_is_no_task_answers_404(client: BatchClient, idle_job: str) -> None:
    with pytest.raises(HttpResponseError) as error:
        client.get_task(idle_job, "nobody")
    assert error.value.status_code == 404
