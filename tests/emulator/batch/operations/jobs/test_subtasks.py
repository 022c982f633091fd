from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import ResourceNotFoundError

from tests.emulator.examples import task
from tests.emulator.running import Connection


def test_a_task_has_no_subtasks(client: BatchClient, idle_job: str) -> None:
    client.create_task(idle_job, task("t"))

    assert list(client.list_subtasks(idle_job, "t")) == []
    with pytest.raises(ResourceNotFoundError):
        list(client.list_subtasks(idle_job, "nobody"))


def test_a_list_of_nothing_is_selected_from_by_the_names_it_would_have(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))
    path = f"/jobs/{idle_job}/tasks/t/subtasksinfo"

    assert service.send("GET", f"{path}?$select=id,exitCode").status == 200
    assert service.send("GET", f"{path}?$select=colour").status == 400
