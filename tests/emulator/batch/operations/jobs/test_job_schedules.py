"""Job schedules and job manager tasks by the newest SDK, and what it wouldn't send."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError

from tests.emulator.examples import code_of, completed, output, pool_document, values_of
from tests.emulator.running import Connection, wait_until

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def schedule(service: Connection, name: str) -> Iterator[str]:
    """The id of a schedule that the test makes; what it leaves running is ended."""
    yield name
    service.send("DELETE", f"/jobschedules/{name}")


def _specification(pool: str, **fields: Any) -> models.BatchJobSpecification:
    return models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id=pool), **fields)


def _create(
    client: BatchClient, name: str, specification: models.BatchJobSpecification, **times: Any
) -> None:
    when = models.BatchJobScheduleConfiguration(**times)
    options = models.BatchJobScheduleCreateOptions(
        id=name, schedule=when, job_specification=specification
    )
    client.create_job_schedule(options)


def _body(name: str, pool: str, **fields: Any) -> dict[str, Any]:
    specification = {"poolInfo": {"poolId": pool}}
    return {"id": name, "schedule": {}, "jobSpecification": specification, **fields}


def _is(client: BatchClient, name: str, state: str) -> models.BatchJobSchedule:
    wait_until(lambda: client.get_job_schedule(name).state == state)
    return client.get_job_schedule(name)


def test_a_schedule_runs_a_job_to_its_end(client: BatchClient, pool: str, schedule: str) -> None:
    manager = models.BatchJobManagerTask(
        id="manager", command_line="sh -c 'echo $AZ_BATCH_JOB_ID; pwd'"
    )
    _create(client, schedule, _specification(pool, job_manager_task=manager))

    ended = _is(client, schedule, "completed")

    job = f"{schedule}:job-1"
    recent = ended.execution_info.recent_job
    assert recent is not None
    assert (recent.id, str(recent.url).rpartition("/")[2]) == (job, job)
    assert ended.execution_info.end_time is not None
    assert [each.id for each in client.list_jobs_from_schedule(schedule)] == [job]
    info = client.get_job(job).execution_info
    assert info is not None and info.termination_reason == "JMComplete"
    shown, place = output(client, job, "manager").splitlines()
    assert shown == job
    assert place.endswith(f"/workitems/{schedule}/job-1/manager/wd")
    node = client.get_task(job, "manager").node_info
    assert node is not None
    assert node.task_root_directory == f"workitems/{schedule}/job-1/manager"


def test_a_schedule_shows_its_defaults(client: BatchClient, empty_pool: str, schedule: str) -> None:
    window = {"recurrence_interval": timedelta(hours=1), "start_window": timedelta(minutes=5)}
    manager = models.BatchJobManagerTask(id="m", command_line="true")
    specification = _specification(empty_pool, job_manager_task=manager)
    _create(client, schedule, specification, do_not_run_until=LATER, **window)

    made = client.get_job_schedule(schedule)

    assert made.state == "active" and made.schedule is not None
    assert made.schedule.do_not_run_until == made.execution_info.next_run_time == LATER
    assert made.schedule.recurrence_interval == timedelta(hours=1)
    assert made.execution_info.recent_job is None
    job = made.job_specification
    assert (job.priority, job.all_tasks_complete_mode) == (0, "noaction")
    shown = job.job_manager_task
    assert shown is not None
    assert (shown.kill_job_on_completion, shown.run_exclusive, shown.required_slots) == (
        True,
        True,
        1,
    )
    assert shown.allow_low_priority_node
    assert schedule in {each.id for each in client.list_job_schedules(filter="state eq 'active'")}


def test_a_schedule_is_disabled_enabled_terminated_and_deleted(
    client: BatchClient, empty_pool: str, schedule: str
) -> None:
    _create(client, schedule, _specification(empty_pool))
    job = f"{schedule}:job-1"
    wait_until(lambda: [each.id for each in client.list_jobs_from_schedule(schedule)] == [job])
    assert client.job_schedule_exists(schedule)

    client.disable_job_schedule(schedule)
    assert _is(client, schedule, "disabled").previous_state == "active"
    client.enable_job_schedule(schedule)
    _is(client, schedule, "active")
    client.begin_terminate_job_schedule(schedule, polling_interval=0).result()
    _is(client, schedule, "completed")
    info = client.get_job(job).execution_info
    assert info is not None and info.termination_reason == "TerminateWorkitem"

    client.begin_delete_job_schedule(schedule, polling_interval=0).result()
    wait_until(lambda: schedule not in {each.id for each in client.list_job_schedules()})
    with pytest.raises(ResourceNotFoundError):
        client.job_schedule_exists(schedule)
    with pytest.raises(ResourceNotFoundError):
        client.get_job(job)


def test_a_change_is_for_the_jobs_to_come(
    client: BatchClient, empty_pool: str, schedule: str
) -> None:
    _create(client, schedule, _specification(empty_pool, priority=1))
    job = f"{schedule}:job-1"
    wait_until(lambda: [each.id for each in client.list_jobs_from_schedule(schedule)] == [job])
    etag = client.get_job_schedule(schedule).etag

    more = models.BatchJobScheduleUpdateOptions(
        schedule=models.BatchJobScheduleConfiguration(recurrence_interval=timedelta(hours=1)),
        job_specification=_specification(empty_pool, priority=2),
    )
    client.update_job_schedule(
        schedule, more, etag=etag, match_condition=MatchConditions.IfNotModified
    )

    changed = client.get_job_schedule(schedule)
    assert changed.etag != etag
    assert changed.job_specification.priority == 2
    assert changed.execution_info.next_run_time == changed.creation_time + timedelta(hours=1)
    assert client.get_job(job).priority == 1
    with pytest.raises(ResourceModifiedError):
        client.update_job_schedule(
            schedule, more, etag=etag, match_condition=MatchConditions.IfNotModified
        )


def test_a_replaced_schedule_takes_the_defaults_of_what_is_left_out(
    service: Connection, client: BatchClient, empty_pool: str, schedule: str
) -> None:
    times = {"doNotRunUntil": "2100-01-01T00:00:00Z", "recurrenceInterval": "PT1H"}
    fields = {"schedule": times, "metadata": [{"name": "a", "value": "b"}], "displayName": "It"}
    service.send("POST", "/jobschedules", _body(schedule, empty_pool, **fields))

    client.replace_job_schedule(
        schedule, models.BatchJobSchedule(job_specification=_specification(empty_pool))
    )

    wait_until(lambda: client.get_job_schedule(schedule).execution_info.recent_job is not None)
    replaced = client.get_job_schedule(schedule)
    assert (replaced.display_name, replaced.metadata) == ("It", None)
    assert replaced.execution_info.next_run_time is None


@pytest.mark.parametrize(
    ("times", "named"),
    [
        ({"recurrenceInterval": "PT59S"}, "schedule.recurrenceInterval"),
        ({"startWindow": "PT0S"}, "schedule.startWindow"),
        ({"doNotRunUntil": "tomorrow"}, "schedule.doNotRunUntil"),
        ({"doNotRunUntil": "0001-01-01T00:00:00+14:00"}, "schedule.doNotRunUntil"),
        ({"doNotRunAfter": "9999-12-31T23:59:59-14:00"}, "schedule.doNotRunAfter"),
        ({"doNotRunAfter": 7}, "schedule.doNotRunAfter"),
    ],
)
def test_a_time_that_cannot_be_is_named(
    service: Connection, name: str, empty_pool: str, times: dict[str, Any], named: str
) -> None:
    answer = service.send("POST", "/jobschedules", _body(name, empty_pool, schedule=times))

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue")
    assert values_of(answer)["PropertyName"] == named


@pytest.mark.parametrize(
    "times",
    [
        {"doNotRunUntil": "0001-01-01T00:00:00Z", "recurrenceInterval": "PT1M"},
        {"doNotRunUntil": "9999-12-31T23:59:59.9999999Z", "recurrenceInterval": "PT1M"},
        {
            "recurrenceInterval": "P10675199DT2H48M5.4775807S",
            "startWindow": "P10675199DT2H48M5.4775807S",
        },
    ],
    ids=["first", "last", "longest"],
)
def test_the_limits_of_time_are_no_trouble(
    service: Connection, empty_pool: str, schedule: str, times: dict[str, str]
) -> None:
    body = _body(schedule, empty_pool, schedule=times)
    assert service.send("POST", "/jobschedules", body).status == 201

    assert service.send("GET", f"/jobschedules/{schedule}").json()["state"] == "active"
    assert service.send("POST", f"/jobschedules/{schedule}/terminate").status == 202


@pytest.mark.parametrize(
    ("specification", "named"),
    [
        ({"poolInfo": {}}, "jobSpecification.poolInfo.poolId"),
        ({"poolInfo": {"poolId": "a b"}}, "jobSpecification.poolInfo.poolId"),
        ({}, "jobSpecification.poolInfo"),
        ({"id": "x"}, "jobSpecification.id"),
        (
            {"jobManagerTask": {"id": "m", "commandLine": "true", "requiredSlots": 3}},
            "jobSpecification.jobManagerTask.requiredSlots",
        ),
    ],
)
def test_a_job_that_could_not_be_made_is_refused_at_once(
    service: Connection, name: str, pool: str, specification: dict[str, Any], named: str
) -> None:
    if specification.get("jobManagerTask"):
        specification = {"poolInfo": {"poolId": pool}, **specification}
    body = {"id": name, "schedule": {}, "jobSpecification": specification}

    answer = service.send("POST", "/jobschedules", body)

    assert answer.status == 400
    assert values_of(answer)["PropertyName"] == named
    assert service.send("GET", f"/jobschedules/{name}").status == 404


def test_an_older_client_says_how_many_tasks_a_node_of_its_jobs_takes(
    service: Connection, client: BatchClient, schedule: str
) -> None:
    pool = {key: value for key, value in pool_document("").items() if key != "id"}
    specification = {
        "poolLifetimeOption": "jobschedule",
        "pool": {**pool, "maxTasksPerNode": 3},
    }
    body = _body(schedule, "")
    body["jobSpecification"] = {"poolInfo": {"autoPoolSpecification": specification}}

    answer = service.send("POST", "/jobschedules", body, version="2018-12-01.8.0")

    assert answer.status == 201
    wait_until(lambda: list(client.list_jobs_from_schedule(schedule)))
    info = client.get_job(f"{schedule}:job-1").execution_info
    assert info is not None and info.pool_id is not None
    assert client.get_pool(info.pool_id).task_slots_per_node == 3


def test_a_job_manager_task_adds_the_tasks_of_its_job(
    service: Connection, client: BatchClient, pool: str, job: str
) -> None:
    manager = models.BatchJobManagerTask(
        id="manager",
        command_line="sh -c 'echo $GREETING'",
        environment_settings=[models.EnvironmentSetting(name="GREETING", value="hello")],
        run_exclusive=False,
        kill_job_on_completion=False,
    )
    managed = f"{job}-managed"
    client.create_job(
        models.BatchJobCreateOptions(
            id=managed,
            pool_info=models.BatchPoolInfo(pool_id=pool),
            job_manager_task=manager,
            all_tasks_complete_mode="terminatejob",
        )
    )

    completed(client, managed, "manager")

    assert output(client, managed, "manager") == "hello\n"
    wait_until(lambda: client.get_job(managed).state == "completed")
    info = client.get_job(managed).execution_info
    assert info is not None and info.termination_reason == "AllTasksComplete"
    answer = service.send("PATCH", f"/jobs/{managed}", {"jobManagerTask": {}})
    assert answer.status in (400, 409)


def test_a_job_manager_task_that_is_terminated_ends_its_job(
    client: BatchClient, empty_pool: str, name: str
) -> None:
    manager = models.BatchJobManagerTask(id="m", command_line="true")
    pool_info = models.BatchPoolInfo(pool_id=empty_pool)
    client.create_job(
        models.BatchJobCreateOptions(id=name, pool_info=pool_info, job_manager_task=manager)
    )

    client.terminate_task(name, "m")

    info = client.get_job(name).execution_info
    assert info is not None and info.termination_reason == "JMComplete"
