from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from azure.batch import BatchClient, models
from azure.core.exceptions import HttpResponseError

from tests.emulator.examples import code_of, job, output, run, task, values_of
from tests.emulator.running import Connection, wait_until

Statuses = list[models.BatchJobPreparationAndReleaseTaskStatus]


_PREPARE = {"commandLine": "true"}


@dataclass(frozen=True)
class Ended:
    """A job that ran on both nodes of a pool, was terminated and is completed."""

    job: str
    pool: str
    nodes: frozenset[str]


@pytest.fixture(scope="session")
def ended(service: Connection, pool: str) -> Ended:
    job_id = "prepared-and-released"
    with service.client() as client:
        client.create_job(
            job(
                job_id,
                pool,
                job_preparation_task=models.BatchJobPreparationTask(
                    command_line="sh -c 'echo prepared; echo data > data'",
                    constraints=models.BatchTaskConstraints(max_task_retry_count=2),
                ),
                job_release_task=models.BatchJobReleaseTask(
                    command_line="sh -c 'cat $AZ_BATCH_JOB_PREP_WORKING_DIR/data; exit 3'"
                ),
            )
        )
        client.create_tasks(job_id, [task(f"t{number}", "sleep 600") for number in range(4)])
        wait_until(lambda: all(each.state == "running" for each in client.list_tasks(job_id)))
        assert service.send("POST", f"/jobs/{job_id}/terminate").status == 202
        wait_until(lambda: client.get_job(job_id).state == "completed")
        nodes = frozenset(node.id for node in client.list_nodes(pool) if node.id)
    return Ended(job_id, pool, nodes)


def _statuses(client: BatchClient, ended: Ended, **options: Any) -> Statuses:
    return list(client.list_job_preparation_and_release_task_status(ended.job, **options))


def test_what_was_done_is_told_for_each_node(client: BatchClient, ended: Ended) -> None:
    statuses = _statuses(client, ended)

    assert {status.node_id for status in statuses} == ended.nodes
    for status in statuses:
        assert status.pool_id == ended.pool
        assert status.node_url is not None
        assert status.node_url.endswith(f"/pools/{ended.pool}/nodes/{status.node_id}")
        prepared = status.job_preparation_task_execution_info
        released = status.job_release_task_execution_info
        assert prepared is not None and released is not None
        assert (prepared.state, prepared.result, prepared.exit_code) == ("completed", "success", 0)
        assert prepared.retry_count == 0 and prepared.failure_info is None
        assert (released.state, released.result, released.exit_code) == ("completed", "failure", 3)
        assert released.failure_info and released.failure_info.code == "FailureExitCode"
        assert prepared.end_time and prepared.start_time < prepared.end_time < released.start_time


def test_its_files_are_read_from_the_node(client: BatchClient, ended: Ended) -> None:
    for status in _statuses(client, ended):
        released = status.job_release_task_execution_info
        assert released is not None and released.task_root_directory is not None
        assert status.node_id and released.task_root_directory_url == (
            f"{status.node_url}/files/{released.task_root_directory}"
        )
        file = f"{released.task_root_directory}/stdout.txt"
        data = b"".join(client.download_node_file(ended.pool, status.node_id, file))
        assert data == b"data\n"


def test_the_list_is_filtered_and_selected(client: BatchClient, ended: Ended) -> None:
    node = min(ended.nodes)
    release = "jobReleaseTaskExecutionInfo"
    preparation = "jobPreparationTaskExecutionInfo"

    (only,) = _statuses(client, ended, filter=f"nodeId eq '{node}'", select=["nodeId"])
    assert (only.node_id, only.pool_id) == (node, None)
    for condition, count in (
        (f"poolId eq '{ended.pool}' and {preparation}/state eq 'completed'", 2),
        (f"{preparation}/exitCode ne 0", 0),
        (f"{release}/exitCode ge 3 and {release}/result eq 'failure'", 2),
        (f"{release}/startTime lt datetime'2020-01-01'", 0),
    ):
        assert len(_statuses(client, ended, filter=condition)) == count, condition


def test_the_list_comes_in_pages(client: BatchClient, ended: Ended) -> None:
    pages = client.list_job_preparation_and_release_task_status(ended.job, max_results=1).by_page()

    assert [len(list(page)) for page in pages] == [1, 1]


@pytest.mark.parametrize(
    "condition", ["id eq 'x'", "nodeId eq 7", "jobReleaseTaskExecutionInfo/state eq 'lost'"]
)
def test_a_filter_that_makes_no_sense_is_refused(
    service: Connection, ended: Ended, condition: str
) -> None:
    path = f"/jobs/{ended.job}/jobpreparationandreleasetaskstatus?$filter={quote(condition)}"

    answer = service.send("GET", path)

    assert (answer.status, code_of(answer)) == (400, "InvalidQueryParameterValue")


def test_a_job_without_one_has_no_status(client: BatchClient, idle_job: str) -> None:
    code = "JobPreparationTaskOrReleaseTaskNotSpecified"
    with pytest.raises(HttpResponseError, match=code) as caught:
        list(client.list_job_preparation_and_release_task_status(idle_job))

    assert caught.value.status_code == 409


def test_a_job_shows_its_tasks_with_their_defaults(
    client: BatchClient, empty_pool: str, name: str
) -> None:
    client.create_job(
        job(
            name,
            empty_pool,
            job_preparation_task=models.BatchJobPreparationTask(command_line="true"),
            job_release_task=models.BatchJobReleaseTask(command_line="false"),
        )
    )

    shown = client.get_job(name)

    prepare, release = shown.job_preparation_task, shown.job_release_task
    assert prepare is not None and release is not None and prepare.constraints is not None
    assert (prepare.id, prepare.command_line) == ("jobpreparation", "true")
    assert prepare.wait_for_success is True
    assert prepare.rerun_on_node_reboot_after_success is True
    assert prepare.constraints.max_task_retry_count == 0
    assert (release.id, release.command_line) == ("jobrelease", "false")
    assert release.max_wall_clock_time is not None and release.retention_time is not None
    assert release.max_wall_clock_time.total_seconds() == 15 * 60
    assert release.retention_time.days == 7


def test_tasks_that_wait_count_as_running(
    service: Connection, client: BatchClient, pool: str, name: str
) -> None:
    wait = models.BatchJobPreparationTask(command_line="sleep 600")
    client.create_job(job(name, pool, job_preparation_task=wait))
    client.create_task(name, task("t"))
    try:
        wait_until(lambda: client.get_task(name, "t").state == "preparing")

        assert client.get_job_task_counts(name).task_counts.running == 1
        (status,) = client.list_job_preparation_and_release_task_status(name)
        info = status.job_preparation_task_execution_info
        assert info is not None
        assert (info.state, info.result, info.end_time) == ("running", None, None)
        client.terminate_task(name, "t")
        assert client.get_task(name, "t").state == "completed"
    finally:
        service.send("DELETE", f"/jobs/{name}")


def test_tasks_know_where_it_was_prepared(client: BatchClient, pool: str, name: str) -> None:
    prepare = models.BatchJobPreparationTask(id="ready", command_line="true")
    client.create_job(job(name, pool, job_preparation_task=prepare))

    run(client, name, "sh -c 'echo $AZ_BATCH_JOB_PREP_DIR $AZ_BATCH_JOB_PREP_WORKING_DIR'")

    directory, working_directory = output(client, name, "t").split()
    assert directory.endswith(f"/workitems/{name}/job-1/ready")
    assert working_directory == f"{directory}/wd"
    client.begin_delete_job(name)


@pytest.fixture
def prepared_job(service: Connection, empty_pool: str, name: str) -> Iterator[str]:
    body = {"jobPreparationTask": _PREPARE, "jobReleaseTask": _PREPARE}
    pool_info = {"poolInfo": {"poolId": empty_pool}}
    assert service.send("POST", "/jobs", {"id": name, **pool_info, **body}).status == 201
    yield name
    service.send("DELETE", f"/jobs/{name}")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_job_keeps_the_tasks_that_it_was_made_with(
    service: Connection, empty_pool: str, prepared_job: str, method: str
) -> None:
    body: dict[str, Any] = {"poolInfo": {"poolId": empty_pool}, "priority": 3}

    for field in ("jobPreparationTask", "jobReleaseTask"):
        answer = service.send(method, f"/jobs/{prepared_job}", {**body, field: _PREPARE})
        assert (answer.status, code_of(answer)) == (400, "InvalidRequestBody")
        assert values_of(answer)["PropertyName"] == field

    assert service.send(method, f"/jobs/{prepared_job}", body).status == 200
    shown = service.send("GET", f"/jobs/{prepared_job}").json()
    assert (shown["priority"], shown["jobPreparationTask"]["commandLine"]) == (3, "true")
    assert shown["jobReleaseTask"]["id"] == "jobrelease"
