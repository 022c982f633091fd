from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.batch import BatchClient, models

from tests.emulator.examples import code_of, completed, job, task, values_of
from tests.emulator.running import Connection, wait_until

NOWHERE = "http://127.0.0.1:1/account/container"
SATISFY = models.ExitOptions(dependency_action="satisfy")
BLOCK = models.ExitOptions(dependency_action="block")
NOTHING = models.ExitOptions(job_action="none")
DISABLE = models.ExitOptions(job_action="disable")
TERMINATE = models.ExitOptions(job_action="terminate")


@pytest.fixture
def strict_job(service: Connection, client: BatchClient, pool: str, name: str) -> Iterator[str]:
    """A job whose tasks can depend on each other and end it."""
    client.create_job(
        job(
            name,
            pool,
            uses_task_dependencies=True,
            task_failure_mode="performexitoptionsjobaction",
        )
    )
    yield name
    service.send("DELETE", f"/jobs/{name}")


@pytest.fixture
def tied_job(service: Connection, client: BatchClient, pool: str, name: str) -> Iterator[str]:
    """A job whose tasks can depend on each other, and go on whatever fails."""
    client.create_job(job(f"{name}-tied", pool, uses_task_dependencies=True))
    yield f"{name}-tied"
    service.send("DELETE", f"/jobs/{name}-tied")


def code(number: int, options: models.ExitOptions) -> models.ExitConditions:
    mapping = models.ExitCodeMapping(code=number, exit_options=options)
    return models.ExitConditions(exit_codes=[mapping])


def codes(start: int, end: int, options: models.ExitOptions) -> models.ExitConditions:
    mapping = models.ExitCodeRangeMapping(start=start, end=end, exit_options=options)
    return models.ExitConditions(exit_code_ranges=[mapping])


EXIT_3 = {"command": "sh -c 'exit 3'"}
MISSING = {"command": "no-such-program"}
NO_FILE = {
    "command": "true",
    "resource_files": [models.ResourceFile(http_url=f"{NOWHERE}/x", file_path="x")],
}
NO_UPLOAD = {
    "command": "true",
    "output_files": [
        models.OutputFile(
            file_pattern="../std*.txt",
            destination=models.OutputFileDestination(
                container=models.OutputFileBlobContainerDestination(container_url=NOWHERE)
            ),
            upload_options=models.OutputFileUploadConfiguration(upload_condition="taskcompletion"),
        )
    ],
}
FAILURES: list[Any] = [
    pytest.param(EXIT_3, code(3, SATISFY), id="exit code"),
    pytest.param(EXIT_3, codes(2, 3, SATISFY), id="range of exit codes"),
    pytest.param(EXIT_3, models.ExitConditions(default=SATISFY), id="default"),
    pytest.param(
        MISSING, models.ExitConditions(pre_processing_error=SATISFY), id="no such program"
    ),
    pytest.param(
        NO_FILE, models.ExitConditions(pre_processing_error=SATISFY), id="no resource file"
    ),
    pytest.param(MISSING, models.ExitConditions(default=SATISFY), id="no such program, default"),
    pytest.param(NO_UPLOAD, models.ExitConditions(file_upload_error=SATISFY), id="no upload"),
    pytest.param(NO_UPLOAD, code(0, SATISFY), id="no upload, but the exit code comes first"),
]


@pytest.mark.parametrize(("failing", "conditions"), FAILURES)
def test_a_failure_can_let_go_what_depends_on_it(
    client: BatchClient, tied_job: str, failing: Any, conditions: models.ExitConditions
) -> None:
    after = models.BatchTaskDependencies(task_ids=["first"])
    client.create_task(tied_job, task("second", depends_on=after))
    client.create_task(tied_job, task("first", exit_conditions=conditions, **failing))

    assert completed(client, tied_job, "second").execution_info is not None
    info = client.get_task(tied_job, "first").execution_info
    assert info is not None and info.result == "failure"


BLOCKED: list[Any] = [
    pytest.param(EXIT_3, codes(4, 9, SATISFY), id="another exit code"),
    pytest.param(
        EXIT_3, models.ExitConditions(pre_processing_error=SATISFY), id="not before the command"
    ),
    pytest.param(MISSING, code(0, SATISFY), id="no exit code at all"),
    pytest.param(
        MISSING,
        models.ExitConditions(default=SATISFY, pre_processing_error=BLOCK),
        id="a default that doesn't count",
    ),
    pytest.param({"command": "true"}, code(0, BLOCK), id="success that is said to block"),
]


@pytest.mark.parametrize(("first", "conditions"), BLOCKED)
def test_an_end_that_is_not_named_blocks(
    client: BatchClient, tied_job: str, first: Any, conditions: models.ExitConditions
) -> None:
    after = models.BatchTaskDependencies(task_ids=["first"])
    client.create_task(tied_job, task("first", exit_conditions=conditions, **first))
    client.create_task(tied_job, task("second", depends_on=after))
    completed(client, tied_job, "first")
    client.create_task(tied_job, task("later"))
    completed(client, tied_job, "later")

    assert client.get_task(tied_job, "second").state == "active"


def test_terminating_a_task_that_is_waited_for_lets_go_by_default_options(
    client: BatchClient, tied_job: str
) -> None:
    after = models.BatchTaskDependencies(task_ids=["first"])
    conditions = models.ExitConditions(default=SATISFY)
    client.create_task(tied_job, task("first", "sleep 600", exit_conditions=conditions))
    client.create_task(tied_job, task("second", depends_on=after))

    client.terminate_task(tied_job, "first")

    completed(client, tied_job, "second")


@pytest.mark.parametrize(
    "conditions", [None, models.ExitConditions(default=TERMINATE), code(3, TERMINATE)]
)
def test_a_failure_terminates_the_job(
    client: BatchClient, strict_job: str, conditions: models.ExitConditions | None
) -> None:
    client.create_task(strict_job, task("other", "sleep 600"))
    wait_until(lambda: client.get_task(strict_job, "other").state == "running")
    client.create_task(strict_job, task("t", "sh -c 'exit 3'", exit_conditions=conditions))

    wait_until(lambda: client.get_job(strict_job).state == "completed")

    info = client.get_job(strict_job).execution_info
    assert info is not None and info.termination_reason == "TaskFailed"
    assert client.get_task(strict_job, "other").state == "completed"


def test_a_failure_disables_the_job(client: BatchClient, strict_job: str) -> None:
    client.create_task(strict_job, task("other", "sleep 600"))
    wait_until(lambda: client.get_task(strict_job, "other").state == "running")
    client.create_task(strict_job, task("t", "false", exit_conditions=code(1, DISABLE)))

    wait_until(lambda: client.get_job(strict_job).state == "disabled")

    other = client.get_task(strict_job, "other")
    assert other.state == "active"
    assert other.execution_info is not None and other.execution_info.requeue_count == 1


def test_only_the_last_try_counts(client: BatchClient, strict_job: str) -> None:
    mark = "$AZ_BATCH_NODE_SHARED_DIR/$AZ_BATCH_JOB_ID"
    command = f"sh -c 'test -e {mark} || {{ touch {mark}; exit 1; }}'"
    retry = models.BatchTaskConstraints(max_task_retry_count=1)
    client.create_task(strict_job, task("t", command, constraints=retry))

    completed(client, strict_job, "t")

    assert client.get_job(strict_job).state == "active"


@pytest.mark.parametrize(
    ("command", "conditions"),
    [
        ("true", models.ExitConditions(default=TERMINATE)),
        ("false", models.ExitConditions(default=NOTHING)),
        ("false", code(1, NOTHING)),
    ],
)
def test_a_job_goes_on_where_nothing_is_to_be_done(
    client: BatchClient, strict_job: str, command: str, conditions: models.ExitConditions
) -> None:
    client.create_task(strict_job, task("t", command, exit_conditions=conditions))
    completed(client, strict_job, "t")

    client.create_task(strict_job, task("later"))

    completed(client, strict_job, "later")
    assert client.get_job(strict_job).state == "active"


def test_a_job_without_the_setting_goes_on_after_a_failure(client: BatchClient, job: str) -> None:
    client.create_task(job, task("t", "false", exit_conditions=models.ExitConditions()))
    completed(client, job, "t")

    assert client.get_job(job).state == "active"


def test_conditions_are_shown(client: BatchClient, strict_job: str) -> None:
    options = models.ExitOptions(job_action="disable", dependency_action="satisfy")
    client.create_task(strict_job, task("t", exit_conditions=codes(2, 5, options)))

    shown = client.get_task(strict_job, "t").exit_conditions

    assert client.get_job(strict_job).task_failure_mode == "performexitoptionsjobaction"
    assert shown is not None and shown.exit_code_ranges is not None
    assert shown.exit_code_ranges[0].exit_options == options


@pytest.mark.parametrize(
    ("conditions", "named"),
    [
        ({"default": {"jobAction": "none"}}, "exitConditions.default.jobAction"),
        (
            {"exitCodes": [{"code": 1, "exitOptions": {"dependencyAction": "block"}}]},
            "exitConditions.exitCodes[0].exitOptions.dependencyAction",
        ),
        (
            {"exitCodeRanges": [{"start": 2, "end": 1, "exitOptions": {}}]},
            "exitConditions.exitCodeRanges[0].end",
        ),
    ],
)
def test_actions_that_the_job_leaves_no_room_for_are_refused(
    service: Connection, job: str, conditions: dict[str, Any], named: str
) -> None:
    body = {"id": "t", "commandLine": "true", "exitConditions": conditions}

    response = service.send("POST", f"/jobs/{job}/tasks", body)

    assert (response.status, code_of(response)) == (400, "InvalidPropertyValue")
    assert values_of(response)["PropertyName"] == named
