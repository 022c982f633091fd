from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.emulator.examples import code_of, completed, job, pool, task, values_of
from tests.emulator.running import Connection, wait_until


def test_a_job_is_shown_with_its_defaults(client: BatchClient, idle_job: str, name: str) -> None:
    made = client.get_job(idle_job)

    assert made.state == models.BatchJobState.ACTIVE
    assert made.priority == 0
    assert made.all_tasks_complete_mode == "noaction"
    assert made.constraints is not None and made.constraints.max_task_retry_count == 0
    assert made.execution_info is not None and made.execution_info.end_time is None


def test_a_job_can_come_before_its_pool(client: BatchClient, name: str) -> None:
    client.create_job(job(name, name))
    client.create_task(name, task("t"))

    client.create_pool(pool(name))

    assert completed(client, name, "t").execution_info is not None


def test_a_patch_changes_what_it_names(client: BatchClient, idle_job: str) -> None:
    item = models.BatchMetadataItem(name="a", value="b")
    client.update_job(idle_job, models.BatchJobUpdateOptions(priority=5, metadata=[item]))
    hour = models.BatchJobConstraints(max_wall_clock_time=timedelta(hours=1))
    client.update_job(idle_job, models.BatchJobUpdateOptions(constraints=hour))

    changed = client.get_job(idle_job)
    assert changed.priority == 5
    assert changed.metadata == [item]
    assert changed.constraints is not None
    assert changed.constraints.max_wall_clock_time == timedelta(hours=1)


def test_a_patch_replaces_constraints_whole(client: BatchClient, idle_job: str) -> None:
    both = models.BatchJobConstraints(
        max_wall_clock_time=timedelta(hours=1), max_task_retry_count=3
    )
    client.update_job(idle_job, models.BatchJobUpdateOptions(constraints=both))
    one = models.BatchJobConstraints(max_wall_clock_time=timedelta(hours=2))
    client.update_job(idle_job, models.BatchJobUpdateOptions(constraints=one))

    constraints = client.get_job(idle_job).constraints
    assert constraints is not None
    assert constraints.max_wall_clock_time == timedelta(hours=2)
    assert constraints.max_task_retry_count == 0


def test_a_put_puts_back_defaults(client: BatchClient, empty_pool: str, name: str) -> None:
    client.create_job(job(name, empty_pool, priority=9))
    whole = client.get_job(name)
    assert whole.pool_info is not None

    replaced = models.BatchJob(pool_info=whole.pool_info)
    client.replace_job(name, replaced)

    assert client.get_job(name).priority == 0


def test_a_put_takes_back_a_limit_of_tasks(service: Connection, empty_pool: str, name: str) -> None:
    pool_info = {"poolId": empty_pool}
    body = {"id": name, "poolInfo": pool_info, "maxParallelTasks": 5}
    assert service.send("POST", "/jobs", body).status == 201

    older = service.send("PUT", f"/jobs/{name}", {"poolInfo": pool_info}, version="2021-06-01.14.0")
    assert older.status == 200
    assert service.send("GET", f"/jobs/{name}").json()["maxParallelTasks"] == 5

    assert service.send("PUT", f"/jobs/{name}", {"poolInfo": pool_info}).status == 200
    assert service.send("GET", f"/jobs/{name}").json()["maxParallelTasks"] == -1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"onAllTasksComplete": None}, 400),
        ({"onAllTasksComplete": "noaction"}, 400),
        ({"onAllTasksComplete": "TerminateJob"}, 200),
    ],
)
def test_a_put_cannot_take_back_that_a_job_ends_with_its_tasks(
    service: Connection, empty_pool: str, name: str, fields: dict[str, Any], status: int
) -> None:
    pool_info = {"poolId": empty_pool}
    body = {"id": name, "poolInfo": pool_info, "onAllTasksComplete": "terminatejob"}
    assert service.send("POST", "/jobs", body).status == 201

    answer = service.send("PUT", f"/jobs/{name}", {"poolInfo": pool_info, "priority": 7, **fields})

    assert answer.status == status
    if status == 400:
        assert code_of(answer) == "InvalidPropertyValue"
        assert values_of(answer)["PropertyName"] == "onAllTasksComplete"
    kept = service.send("GET", f"/jobs/{name}").json()
    assert (kept["onAllTasksComplete"], kept["priority"]) == (
        "terminatejob",
        7 if status == 200 else 0,
    )


def test_a_jobs_pool_stays(service: Connection, idle_job: str, pool: str) -> None:
    response = service.send("PATCH", f"/jobs/{idle_job}", {"poolInfo": {"poolId": pool}})

    assert (response.status, code_of(response)) == (409, "OperationInvalidForCurrentState")


def test_terminate_when_all_is_complete_also_when_said_afterwards(
    client: BatchClient, job: str
) -> None:
    client.create_task(job, task("t"))
    completed(client, job, "t")
    assert client.get_job(job).state == "active"

    client.update_job(job, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))

    wait_until(lambda: client.get_job(job).state == "completed")
    info = client.get_job(job).execution_info
    assert info is not None and info.end_time is not None
    assert info.termination_reason == "AllTasksComplete"


def test_terminate_when_all_is_complete_waits_for_the_last_task(
    client: BatchClient, job: str
) -> None:
    client.create_tasks(job, [task(f"t{index}", "sleep 0.05") for index in range(6)])
    client.update_job(job, models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob"))

    wait_until(lambda: client.get_job(job).state == "completed")

    assert client.get_job_task_counts(job).task_counts.succeeded == 6


def test_a_job_that_ends_with_its_tasks_waits_for_the_first_one(
    client: BatchClient, empty_pool: str, name: str
) -> None:
    client.create_job(job(name, empty_pool, all_tasks_complete_mode="terminatejob"))

    client.create_task(name, task("t"))

    assert client.get_job(name).state == "active"


def test_what_the_service_ends_by_itself_keeps_its_etag(client: BatchClient, job: str) -> None:
    _running(client, job)
    options = models.BatchJobDisableOptions(disable_tasks="terminate")
    client.begin_disable_job(job, options, polling_interval=0)
    disabling = client.get_job(job).etag

    wait_until(lambda: client.get_job(job).state == "disabled")

    assert client.get_job(job).etag == disabling


def test_the_answer_to_a_new_job_names_it_oddly_as_the_services_does(
    service: Connection, empty_pool: str, name: str
) -> None:
    body = {"id": name, "poolInfo": {"poolId": empty_pool}}

    answer = service.send("POST", "/jobs", body)

    assert answer.headers["Location"] == f"{service.batch_endpoint}/jobs/job-1"


def test_jobs_that_are_not_completed_are_listed_first_each_by_its_id(
    service: Connection, client: BatchClient, empty_pool: str, name: str
) -> None:
    for letter in "cBa":
        client.create_job(job(f"{name}-{letter}", empty_pool))
    service.send("POST", f"/jobs/{name}-B/terminate")
    found = f"startswith(id, '{name}-')"

    listed = [each.id.removeprefix(f"{name}-") for each in client.list_jobs(filter=found)]
    paged = client.list_jobs(filter=found, max_results=1)

    assert listed == ["a", "c", "B"]
    assert [each.id.removeprefix(f"{name}-") for each in paged] == listed


def test_automatic_termination_is_not_taken_back(service: Connection, idle_job: str) -> None:
    service.send("POST", f"/jobs/{idle_job}/tasks", {"id": "t", "commandLine": "true"})
    path = f"/jobs/{idle_job}"

    assert service.send("PATCH", path, {"onAllTasksComplete": "terminatejob"}).status == 200
    assert service.send("PATCH", path, {"onAllTasksComplete": "noaction"}).status == 400
    assert service.send("PATCH", path, {"priority": 3}).status == 200


def test_terminating_ends_what_runs_and_leaves_what_waits(
    service: Connection, client: BatchClient, job: str
) -> None:
    client.create_tasks(job, [task(f"t{index}", "sleep 600") for index in range(6)])
    wait_until(lambda: client.get_job_task_counts(job).task_counts.running == 4)

    answer = service.send("POST", f"/jobs/{job}/terminate", {"terminateReason": "enough"})
    assert answer.status == 202
    wait_until(lambda: client.get_job(job).state == "completed")

    counts = client.get_job_task_counts(job).task_counts
    assert (counts.active, counts.running, counts.failed) == (2, 0, 4)
    info = client.get_job(job).execution_info
    assert info is not None and info.termination_reason == "enough"
    body = {"id": "late", "commandLine": "true"}
    refused = service.send("POST", f"/jobs/{job}/tasks", body)
    assert (refused.status, code_of(refused)) == (409, "JobCompleted")
    again = service.send("POST", f"/jobs/{job}/terminate")
    assert (again.status, code_of(again)) == (409, "JobCompleted")


def test_a_deleted_job_takes_its_tasks_and_their_files_along(
    service: Connection, client: BatchClient, job: str
) -> None:
    client.create_tasks(job, [task("done"), task("runs", "sleep 600")])
    node = completed(client, job, "done").node_info
    wait_until(lambda: client.get_task(job, "runs").state == "running")
    assert node is not None and node.node_id is not None
    directory = service.root.nodes / node.node_id / "workitems" / job
    assert directory.exists()

    client.begin_delete_job(job, polling_interval=0).result()

    with pytest.raises(ResourceNotFoundError):
        client.get_job(job)
    assert not directory.exists()


def test_an_id_can_be_used_again_after_its_job_is_deleted(
    client: BatchClient, empty_pool: str, name: str
) -> None:
    client.create_job(job(name, empty_pool))
    client.create_task(name, task("t"))
    client.begin_delete_job(name, polling_interval=0).result()

    client.create_job(job(name, empty_pool))

    assert list(client.list_tasks(name)) == []


def test_counts_tell_success_from_failure_and_count_slots(
    client: BatchClient, pool: str, name: str
) -> None:
    client.create_job(job(name, pool))
    client.create_tasks(
        name, [task("a", required_slots=2), task("b", "false"), task("c", "sh -c 'exit 3'")]
    )

    def done() -> bool:
        return client.get_job_task_counts(name).task_counts.completed == 3

    wait_until(done)
    counted = client.get_job_task_counts(name)
    assert (counted.task_counts.succeeded, counted.task_counts.failed) == (1, 2)
    assert (counted.task_slot_counts.succeeded, counted.task_slot_counts.failed) == (2, 2)


def test_priority_decides_who_is_first(client: BatchClient, name: str) -> None:
    client.create_pool(pool(name, nodes=0))
    for priority in (1, 3, 2):
        client.create_job(job(f"{name}-{priority}", name, priority=priority))
        client.create_task(f"{name}-{priority}", task("t"))
    grow = models.BatchPoolResizeOptions(target_dedicated_nodes=1)
    wait_until(lambda: client.get_pool(name).allocation_state == "steady")
    client.begin_resize_pool(name, grow, polling_interval=0).result()

    started = [completed(client, f"{name}-{priority}", "t") for priority in (3, 2, 1)]

    times = [each.execution_info.start_time for each in started if each.execution_info]
    assert times == sorted(times)  # type: ignore[type-var]


def test_what_is_no_job_answers_404(service: Connection) -> None:
    for method, path in (
        ("GET", "/jobs/nobody"),
        ("DELETE", "/jobs/nobody"),
        ("GET", "/jobs/nobody/tasks"),
        ("GET", "/jobs/nobody/taskcounts"),
        ("POST", "/jobs/nobody/terminate"),
    ):
        response = service.send(method, path)
        assert (response.status, code_of(response)) == (404, "JobNotFound")


def test_a_priority_has_limits(client: BatchClient, empty_pool: str, name: str) -> None:
    with pytest.raises(HttpResponseError) as error:
        client.create_job(job(name, empty_pool, priority=1001))
    assert error.value.status_code == 400


def test_force_changes_nothing_where_no_node_is_out_of_reach(
    service: Connection, client: BatchClient, job: str
) -> None:
    refused = service.send("POST", f"/jobs/{job}/terminate?force=perhaps", {})
    assert (refused.status, code_of(refused)) == (400, "InvalidQueryParameterValue")

    assert service.send("POST", f"/jobs/{job}/terminate?force=true", {}).status == 202
    wait_until(lambda: client.get_job(job).state == "completed")

    assert service.send("DELETE", f"/jobs/{job}?force=true").status == 202


def _disable(service: Connection, job: str, tasks: str) -> Any:
    return service.send("POST", f"/jobs/{job}/disable", {"disableTasks": tasks})


def _running(client: BatchClient, job: str, command: str = "sleep 600") -> None:
    """Add a task and wait until it runs."""
    client.create_task(job, task("t", command))
    wait_until(lambda: client.get_task(job, "t").state == "running")


def _disabled(client: BatchClient, job: str) -> None:
    wait_until(lambda: client.get_job(job).state == "disabled")


def test_running_tasks_are_requeued_and_run_again_when_the_job_is_enabled(
    client: BatchClient, job: str
) -> None:
    mark = "$AZ_BATCH_NODE_SHARED_DIR/$AZ_BATCH_JOB_ID"
    _running(client, job, f"sh -c 'test -e {mark} || {{ touch {mark}; sleep 600; }}'")
    wait_until(lambda: client.get_task(job, "t").node_info)

    options = models.BatchJobDisableOptions(disable_tasks="requeue")
    client.begin_disable_job(job, options, polling_interval=0).result()

    waiting = client.get_task(job, "t")
    assert waiting.state == "active" and waiting.execution_info is not None
    assert waiting.execution_info.requeue_count == 1
    disabled = client.get_job(job)
    assert (disabled.state, disabled.previous_state) == ("disabled", "active")

    client.create_task(job, task("added"))
    client.begin_enable_job(job, polling_interval=0).result()

    enabled = client.get_job(job)
    assert (enabled.state, enabled.previous_state) == ("active", "disabled")
    assert enabled.state_transition_time is not None and disabled.state_transition_time is not None
    assert enabled.state_transition_time > disabled.state_transition_time
    completed(client, job, "added")


def test_running_tasks_are_terminated(service: Connection, client: BatchClient, job: str) -> None:
    _running(client, job)

    assert _disable(service, job, "Terminate").status == 202
    _disabled(client, job)

    info = client.get_task(job, "t").execution_info
    assert info is not None and info.failure_info is not None
    assert info.failure_info.code == "TaskEnded"


def test_running_tasks_are_waited_for(
    service: Connection, client: BatchClient, job: str, tmp_path: Any
) -> None:
    mark = tmp_path / "mark"
    _running(client, job, f"sh -c 'while ! test -e {mark}; do sleep 0.02; done'")

    _disable(service, job, "wait")
    client.create_task(job, task("later"))
    assert client.get_job(job).state == "disabling"
    early = service.send("POST", f"/jobs/{job}/enable")
    assert (early.status, code_of(early)) == (409, "OperationInvalidForCurrentState")

    mark.touch()
    _disabled(client, job)
    assert client.get_task(job, "t").state == "completed"
    assert client.get_task(job, "later").state == "active"


def test_a_job_that_waits_can_be_told_not_to(
    service: Connection, client: BatchClient, job: str
) -> None:
    _running(client, job)
    _disable(service, job, "wait")

    assert _disable(service, job, "terminate").status == 202

    _disabled(client, job)
    assert client.get_task(job, "t").state == "completed"


def test_disabling_twice_changes_nothing(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    _disable(service, idle_job, "requeue")
    before = client.get_job(idle_job)

    assert _disable(service, idle_job, "wait").status == 202

    assert client.get_job(idle_job) == before


def test_a_disabled_job_can_get_another_pool(
    service: Connection, client: BatchClient, idle_job: str, name: str
) -> None:
    client.create_task(idle_job, task("t"))
    client.create_pool(pool(name))
    other = models.BatchJobUpdateOptions(pool_info=models.BatchPoolInfo(pool_id=name))
    path, body = f"/jobs/{idle_job}", {"poolInfo": {"poolId": name}}
    assert service.send("PATCH", path, body).status == 409

    _disable(service, idle_job, "requeue")
    client.update_job(idle_job, other)
    client.begin_enable_job(idle_job, polling_interval=0).result()

    done = completed(client, idle_job, "t")
    assert done.node_info is not None and done.node_info.pool_id == name
    info = client.get_job(idle_job).execution_info
    assert info is not None and info.pool_id == name


def test_a_disabled_job_can_be_terminated(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))
    _disable(service, idle_job, "requeue")

    assert service.send("POST", f"/jobs/{idle_job}/terminate").status == 202

    assert client.get_job(idle_job).state == "completed"
    assert client.get_task(idle_job, "t").state == "active"


def test_all_is_complete_only_once_the_job_is_enabled(
    service: Connection, client: BatchClient, job: str
) -> None:
    client.create_task(job, task("t"))
    completed(client, job, "t")
    _disable(service, job, "requeue")
    mode = models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob")
    client.update_job(job, mode)
    assert client.get_job(job).state == "disabled"

    service.send("POST", f"/jobs/{job}/enable")

    assert client.get_job(job).state == "completed"


@pytest.mark.parametrize(
    ("action", "body"), [("disable", {"disableTasks": "wait"}), ("enable", "")]
)
def test_what_has_ended_is_neither_disabled_nor_enabled(
    service: Connection, idle_job: str, action: str, body: Any
) -> None:
    service.send("POST", f"/jobs/{idle_job}/terminate")

    response = service.send("POST", f"/jobs/{idle_job}/{action}", body or None)

    assert (response.status, code_of(response)) == (409, "JobCompleted")


def test_what_is_active_is_not_enabled(service: Connection, idle_job: str) -> None:
    response = service.send("POST", f"/jobs/{idle_job}/enable")

    assert (response.status, code_of(response)) == (409, "OperationInvalidForCurrentState")


def test_conditions_are_kept(service: Connection, client: BatchClient, idle_job: str) -> None:
    old = client.get_job(idle_job).etag
    client.update_job(idle_job, models.BatchJobUpdateOptions(priority=1))
    headers = {"If-Match": old or ""}

    response = service.send(
        "POST", f"/jobs/{idle_job}/disable", {"disableTasks": "wait"}, headers=headers
    )

    assert (response.status, code_of(response)) == (412, "ConditionNotMet")
    assert client.get_job(idle_job).state == "active"
