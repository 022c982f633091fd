from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.examples import code_of, values_of
from tests.emulator.running import Connection

_PREPARE = {"commandLine": "true"}


_BAD: list[tuple[dict[str, Any], int, str, str]] = [
    ({"jobReleaseTask": _PREPARE}, 400, "InvalidPropertyValue", "jobReleaseTask"),
    (
        {
            "jobPreparationTask": {**_PREPARE, "id": "Same"},
            "jobReleaseTask": {**_PREPARE, "id": "same"},
        },
        400,
        "InvalidPropertyValue",
        "jobReleaseTask.id",
    ),
    ({"jobPreparationTask": {}}, 400, "MissingRequiredProperty", "jobPreparationTask.commandLine"),
    (
        {"jobPreparationTask": {**_PREPARE, "maxTaskRetryCount": 3}},
        400,
        "InvalidRequestBody",
        "jobPreparationTask.maxTaskRetryCount",
    ),
    (
        {"jobPreparationTask": {**_PREPARE, "constraints": {"maxTaskRetryCount": -2}}},
        400,
        "InvalidPropertyValue",
        "jobPreparationTask.constraints.maxTaskRetryCount",
    ),
    (
        {"jobPreparationTask": {**_PREPARE, "containerSettings": {"registry": {}}}},
        400,
        "MissingRequiredProperty",
        "jobPreparationTask.containerSettings.imageName",
    ),
    (
        {
            "jobPreparationTask": _PREPARE,
            "jobReleaseTask": {**_PREPARE, "maxWallClockTime": "PT15M1S"},
        },
        400,
        "InvalidPropertyValue",
        "jobReleaseTask.maxWallClockTime",
    ),
    (
        {"jobPreparationTask": {**_PREPARE, "id": "../up"}},
        400,
        "InvalidPropertyValue",
        "jobPreparationTask.id",
    ),
    ({"jobPreparationTask": [_PREPARE]}, 400, "InvalidPropertyValue", "jobPreparationTask"),
]


@pytest.mark.parametrize(("fields", "status", "code", "named"), _BAD)
def test_a_job_whose_tasks_cannot_be_is_refused(
    service: Connection,
    empty_pool: str,
    name: str,
    fields: dict[str, Any],
    status: int,
    code: str,
    named: str,
) -> None:
    body = {"id": name, "poolInfo": {"poolId": empty_pool}, **fields}

    answer = service.send("POST", "/jobs", body)

    assert (answer.status, code_of(answer)) == (status, code)
    assert values_of(answer)["PropertyName"] == named
    assert service.send("GET", f"/jobs/{name}").status == 404


@pytest.fixture
def prepared_job(service: Connection, empty_pool: str, name: str) -> Iterator[str]:
    body = {"jobPreparationTask": _PREPARE, "jobReleaseTask": _PREPARE}
    pool_info = {"poolInfo": {"poolId": empty_pool}}
    assert service.send("POST", "/jobs", {"id": name, **pool_info, **body}).status == 201
    yield name
    service.send("DELETE", f"/jobs/{name}")


@pytest.mark.parametrize(
    ("task_id", "code"),
    [
        ("JobPreparation", "TaskIdSameAsJobPreparationTask"),
        ("jobrelease", "TaskIdSameAsJobReleaseTask"),
    ],
)
def test_no_other_task_has_their_ids(
    service: Connection, prepared_job: str, task_id: str, code: str
) -> None:
    body = {"id": task_id, "commandLine": "true"}

    alone = service.send("POST", f"/jobs/{prepared_job}/tasks", body)
    among = service.send("POST", f"/jobs/{prepared_job}/addtaskcollection", {"value": [body]})

    assert (alone.status, code_of(alone)) == (409, code)
    assert among.json()["value"][0]["error"]["code"] == code


def test_nor_has_the_job_manager_task(service: Connection, empty_pool: str, name: str) -> None:
    manager = {"id": "jobpreparation", "commandLine": "true"}
    body = {"jobPreparationTask": _PREPARE, "jobManagerTask": manager}

    answer = service.send("POST", "/jobs", {"id": name, "poolInfo": {"poolId": empty_pool}, **body})

    assert (answer.status, code_of(answer)) == (409, "TaskIdSameAsJobPreparationTask")
