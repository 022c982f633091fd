"""What the service can have and the emulator never has: asked for, it is told to be none."""

from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import ResourceNotFoundError

from tests.emulator.examples import code_of, pool_document, task, values_of
from tests.emulator.running import Connection


def test_the_account_has_no_applications(client: BatchClient) -> None:
    assert list(client.list_applications()) == []
    with pytest.raises(ResourceNotFoundError) as error:
        client.get_application("ffmpeg")
    assert error.value.error is not None
    assert error.value.error.code == "ApplicationNotFound"


def test_a_task_has_no_subtasks(client: BatchClient, idle_job: str) -> None:
    client.create_task(idle_job, task("t"))

    assert list(client.list_subtasks(idle_job, "t")) == []
    with pytest.raises(ResourceNotFoundError):
        list(client.list_subtasks(idle_job, "nobody"))


def test_a_node_has_no_extensions(client: BatchClient, pool: str) -> None:
    node = next(iter(client.list_nodes(pool))).id

    assert list(client.list_node_extensions(pool, node)) == []
    with pytest.raises(ResourceNotFoundError):
        client.get_node_extension(pool, node, "monitoring")
    with pytest.raises(ResourceNotFoundError):
        list(client.list_node_extensions(pool, "nobody"))


def test_what_would_make_some_is_refused_by_name(service: Connection, name: str) -> None:
    body = pool_document(name)
    body["virtualMachineConfiguration"]["extensions"] = []

    answer = service.send("POST", "/pools", body)

    assert (answer.status, code_of(answer)) == (501, "NotImplemented")
    assert values_of(answer)["PropertyName"] == "virtualMachineConfiguration.extensions"


def test_a_list_of_nothing_is_selected_from_by_the_names_it_would_have(
    service: Connection, client: BatchClient, idle_job: str
) -> None:
    client.create_task(idle_job, task("t"))
    path = f"/jobs/{idle_job}/tasks/t/subtasksinfo"

    assert service.send("GET", f"{path}?$select=id,exitCode").status == 200
    assert service.send("GET", f"{path}?$select=colour").status == 400
