from __future__ import annotations

from typing import Any

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError

from tests.emulator.examples import code_of, completed, job, task, values_of
from tests.emulator.running import Connection, wait_until


@pytest.fixture
def tied_job(service: Connection, client: BatchClient, pool: str, name: str) -> Any:
    """A job whose tasks can depend on each other."""
    client.create_job(job(name, pool, uses_task_dependencies=True))
    yield name
    service.send("DELETE", f"/jobs/{name}")


def after(*task_ids: str) -> models.BatchTaskDependencies:
    return models.BatchTaskDependencies(task_ids=list(task_ids))


def after_range(start: int, end: int) -> models.BatchTaskDependencies:
    limits = models.BatchTaskIdRange(start=start, end=end)
    return models.BatchTaskDependencies(task_id_ranges=[limits])


def started(client: BatchClient, job_id: str, task_id: str) -> Any:
    info = completed(client, job_id, task_id).execution_info
    assert info is not None
    return info.start_time


def ended(client: BatchClient, job_id: str, task_id: str) -> Any:
    info = completed(client, job_id, task_id).execution_info
    assert info is not None
    return info.end_time


def test_a_task_starts_after_those_that_it_depends_on(client: BatchClient, tied_job: str) -> None:
    client.create_tasks(
        tied_job,
        [
            task("Flowers", depends_on=after("Rain", "SUN")),
            task("rain", "sleep 0.05"),
            task("sun", "sleep 0.1"),
        ],
    )

    flowers = started(client, tied_job, "Flowers")

    assert flowers > ended(client, tied_job, "rain")
    assert flowers > ended(client, tied_job, "sun")


def test_a_task_starts_after_a_range_of_others(client: BatchClient, tied_job: str) -> None:
    client.create_task(tied_job, task("sum", depends_on=after_range(1, 5)))
    client.create_tasks(tied_job, [task(str(number)) for number in range(1, 6)])

    last = max(ended(client, tied_job, str(number)) for number in range(1, 6))
    assert started(client, tied_job, "sum") > last


def test_tasks_that_wait_for_others_are_counted_as_active(
    client: BatchClient, tied_job: str
) -> None:
    client.create_tasks(tied_job, [task("join", depends_on=after("none")), task("other")])
    completed(client, tied_job, "other")

    counts = client.get_job_task_counts(tied_job).task_counts

    assert (counts.active, counts.completed) == (1, 1)


def test_dependencies_are_shown(client: BatchClient, tied_job: str) -> None:
    client.create_task(tied_job, task("t", depends_on=after_range(7, 9)))

    made = client.get_task(tied_job, "t")

    assert client.get_job(tied_job).uses_task_dependencies
    assert made.depends_on is not None and made.depends_on.task_id_ranges is not None
    assert [(each.start, each.end) for each in made.depends_on.task_id_ranges] == [(7, 9)]


def test_what_depends_on_a_failed_task_waits_until_that_succeeds(
    client: BatchClient, tied_job: str, tmp_path: Any
) -> None:
    mark = tmp_path / "mark"
    client.create_task(tied_job, task("first", f"test -e {mark}"))
    client.create_task(tied_job, task("second", depends_on=after("first")))
    completed(client, tied_job, "first")
    client.create_task(tied_job, task("other"))
    completed(client, tied_job, "other")
    assert client.get_task(tied_job, "second").state == "active"

    mark.touch()
    client.reactivate_task(tied_job, "first")

    assert started(client, tied_job, "second") > ended(client, tied_job, "first")


def test_a_job_with_a_blocked_task_is_not_complete(client: BatchClient, tied_job: str) -> None:
    client.create_task(tied_job, task("first", "false"))
    client.create_task(tied_job, task("second", depends_on=after("first")))
    completed(client, tied_job, "first")

    mode = models.BatchJobUpdateOptions(all_tasks_complete_mode="terminatejob")
    client.update_job(tied_job, mode)
    assert client.get_job(tied_job).state == "active"

    client.delete_task(tied_job, "second")
    wait_until(lambda: client.get_job(tied_job).state == "completed")


def test_a_job_must_have_said_that_it_uses_dependencies(client: BatchClient, job: str) -> None:
    with pytest.raises(HttpResponseError) as error:
        client.create_task(job, task("t", depends_on=after("other")))

    assert error.value.status_code == 400
    assert error.value.model is not None
    assert error.value.model.code == "TaskDependenciesNotSpecifiedOnJob"


def test_a_range_does_not_end_before_its_start(service: Connection, tied_job: str) -> None:
    depends_on = {"taskIdRanges": [{"start": 3, "end": 2}]}
    body = {"id": "t", "commandLine": "true", "dependsOn": depends_on}

    response = service.send("POST", f"/jobs/{tied_job}/tasks", body)

    assert (response.status, code_of(response)) == (400, "InvalidPropertyValue")
    assert values_of(response)["PropertyName"] == "dependsOn.taskIdRanges[0].end"
