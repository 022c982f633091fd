"""What the api-versions have apart: fields, operations, shapes of answers."""

from __future__ import annotations

from typing import Any

import pytest

from batchff.emulator.batch.protocol.versions import (
    API_VERSIONS,
    V2018_12,
    V2024_07,
    V2025_06,
    Span,
)
from batchff.emulator.batch.routes import EARLIER_OPERATIONS
from tests.emulator.examples import code_of, pool_document, values_of
from tests.emulator.running import Connection


def test_versions_sort_by_their_age() -> None:
    assert sorted(API_VERSIONS) == list(API_VERSIONS)
    assert (API_VERSIONS[0], API_VERSIONS[-1]) == ("2018-12-01.8.0", "2025-06-01")


def test_a_span_holds_both_its_ends() -> None:
    span = Span("2020-03-01.11.0", "2022-01-01.15.0")

    assert [version for version in API_VERSIONS if version in span] == [
        "2020-03-01.11.0",
        "2020-09-01.12.0",
        "2021-06-01.14.0",
        "2022-01-01.15.0",
    ]


@pytest.mark.parametrize(
    ("path", "body", "field", "first", "last"),
    [
        ("/pools", {"taskSlotsPerNode": 2}, "taskSlotsPerNode", "2020-09-01.12.0", V2025_06),
        ("/pools", {"maxTasksPerNode": 2}, "maxTasksPerNode", V2018_12, "2020-03-01.11.0"),
        ("/pools", {"resourceTags": {"a": "b"}}, "resourceTags", "2023-11-01.18.0", V2024_07),
        (
            "/pools",
            {"targetNodeCommunicationMode": "classic"},
            "targetNodeCommunicationMode",
            "2022-10-01.16.0",
            V2024_07,
        ),
        ("/pools", {"certificateReferences": []}, "certificateReferences", V2018_12, V2024_07),
        (
            "/pools",
            {"taskSchedulingPolicy": {"nodeFillType": "pack", "jobDefaultOrder": "none"}},
            "jobDefaultOrder",
            V2025_06,
            V2025_06,
        ),
        ("/jobs", {"maxParallelTasks": -1}, "maxParallelTasks", "2021-06-01.14.0", V2025_06),
    ],
)
def test_a_field_is_known_to_its_versions_only(
    service: Connection,
    name: str,
    path: str,
    body: dict[str, Any],
    field: str,
    first: str,
    last: str,
) -> None:
    accepted = []
    for number, version in enumerate(API_VERSIONS):
        each = f"{name}-{number}"
        job = {"id": each, "poolInfo": {"poolId": name}}
        whole = pool_document(each, **body) if path == "/pools" else {**job, **body}
        answer = service.send("POST", path, whole, version=version)
        if answer.status == 201:
            accepted.append(version)
        else:
            assert (answer.status, code_of(answer)) == (400, "InvalidRequestBody")
            assert values_of(answer)["PropertyName"] == field

    assert accepted == [version for version in API_VERSIONS if version in Span(first, last)]


def test_a_pool_can_be_changed_more_since_it_was_asked_for(service: Connection, name: str) -> None:
    service.send("POST", "/pools", pool_document(name))
    body = {"displayName": "shown"}

    before = service.send("PATCH", f"/pools/{name}", body, version="2024-02-01.19.0")
    since = service.send("PATCH", f"/pools/{name}", body, version="2024-07-01.20.0")

    assert (before.status, values_of(before)["PropertyName"]) == (400, "displayName")
    assert since.status == 200


def test_a_tag_may_be_called_like_a_field(service: Connection, name: str) -> None:
    tags = {"identityReference": "x", "maxTasksPerNode": "3"}
    body = pool_document(name, resourceTags=tags)

    created = service.send("POST", "/pools", body, version=V2024_07)

    assert created.status == 201
    assert service.send("GET", f"/pools/{name}", version=V2024_07).json()["resourceTags"] == tags


def test_slots_have_their_earlier_name(service: Connection, name: str) -> None:
    service.send("POST", "/pools", pool_document(name, maxTasksPerNode=3), version=V2018_12)

    earlier = service.send("GET", f"/pools/{name}?$select=id,maxTasksPerNode", version=V2018_12)
    now = service.send("GET", f"/pools/{name}").json()

    assert earlier.json()["maxTasksPerNode"] == 3
    assert now["taskSlotsPerNode"] == 3
    assert "maxTasksPerNode" not in now


def test_task_counts_had_no_slots(service: Connection, idle_job: str) -> None:
    path = f"/jobs/{idle_job}/taskcounts"
    service.send("POST", f"/jobs/{idle_job}/tasks", {"id": "t", "commandLine": "true"})

    earlier = service.send("GET", path, version="2020-03-01.11.0").json()
    since = service.send("GET", path, version="2020-09-01.12.0").json()

    counts = {"active": 1, "running": 0, "completed": 0, "succeeded": 0, "failed": 0}
    earlier.pop("odata.metadata")
    since.pop("odata.metadata")
    assert earlier == counts
    assert since == {"taskCounts": counts, "taskSlotCounts": counts}


@pytest.mark.parametrize("operation", EARLIER_OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_of_old_is_gone_since_its_last_version(
    service: Connection, operation: Any
) -> None:
    path = operation.path.replace("{", "").replace("}", "")
    expected = 501
    if operation.handler:
        expected = 404 if "{" in operation.path else 200

    oldest = service.send(operation.method, path, version=V2018_12)
    newest = service.send(operation.method, path)

    assert oldest.status == expected
    if expected == 501:
        assert values_of(oldest)["Operation"] == operation.name
    assert (newest.status, code_of(newest)) == (400, "InvalidUri")


def test_an_operation_is_not_there_before_its_first_version(service: Connection) -> None:
    images = service.send("GET", "/supportedimages", version=V2018_12)
    start = service.send("POST", "/pools/p/nodes/n/start", version="2024-02-01.19.0")

    assert (images.status, code_of(images)) == (400, "InvalidUri")
    assert (start.status, code_of(start)) == (400, "InvalidUri")


def test_node_agents_are_listed_with_their_verified_images(service: Connection) -> None:
    answer = service.send("GET", "/nodeagentskus?$filter=osType%20eq%20'linux'", version=V2018_12)
    agents = {agent["id"]: agent for agent in answer.json()["value"]}

    newest = agents["batch.node.ubuntu 24.04"]["verifiedImageReferences"]
    assert newest[0]["offer"] == "ubuntu-24_04-lts"
    assert agents["batch.node.debian 12"]["verifiedImageReferences"] == []


def test_an_image_of_its_day_is_accepted_from_clients_of_its_day(
    service: Connection, name: str
) -> None:
    body = pool_document(name)
    body["virtualMachineConfiguration"] = {
        "imageReference": {"publisher": "Canonical", "offer": "UbuntuServer", "sku": "18.04-LTS"},
        "nodeAgentSKUId": "batch.node.ubuntu 18.04",
    }

    now = service.send("POST", "/pools", body)
    then = service.send("POST", "/pools", body, version=V2018_12)

    assert (now.status, code_of(now)) == (400, "InvalidPropertyValue")
    assert then.status == 201


@pytest.mark.parametrize("version", [V2018_12, "2024-02-01.19.0"])
def test_a_pool_could_be_of_a_cloud_service(service: Connection, name: str, version: str) -> None:
    body = {"id": name, "vmSize": "small", "cloudServiceConfiguration": {"osFamily": "5"}}

    assert service.send("POST", "/pools", body, version=version).status == 201

    then = service.send("GET", f"/pools/{name}", version=version).json()
    assert then["cloudServiceConfiguration"] == {"osFamily": "5", "osVersion": "*"}
    assert "cloudServiceConfiguration" not in service.send("GET", f"/pools/{name}").json()


def test_disks_had_their_storage_beside_them(service: Connection, name: str) -> None:
    body = pool_document(name)
    body["virtualMachineConfiguration"]["dataDisks"] = [{"lun": 1, "diskSizeGB": 50}]
    service.send("POST", "/pools", body)

    def disk(version: str) -> Any:
        shown = service.send("GET", f"/pools/{name}", version=version).json()
        return shown["virtualMachineConfiguration"]["dataDisks"][0]

    common = {"lun": 1, "caching": "none", "diskSizeGB": 50}
    assert disk("2024-02-01.19.0") == {**common, "storageAccountType": "standard_lrs"}
    assert disk(V2025_06) == {**common, "managedDisk": {"storageAccountType": "standard_lrs"}}


def test_an_answer_has_only_the_fields_of_its_version(
    service: Connection, empty_pool: str, idle_job: str
) -> None:
    service.send("POST", f"/jobs/{idle_job}/tasks", {"id": "t", "commandLine": "true"})

    def fields(path: str, version: str) -> set[str]:
        return set(service.send("GET", path, version=version).json())

    job, task = f"/jobs/{idle_job}", f"/jobs/{idle_job}/tasks/t"
    assert {"maxParallelTasks", "allowTaskPreemption"} <= fields(job, V2025_06)
    assert not {"maxParallelTasks", "allowTaskPreemption"} & fields(job, V2018_12)
    assert "requiredSlots" in fields(task, V2025_06)
    assert "requiredSlots" not in fields(task, "2020-03-01.11.0")
    listed = service.send("GET", f"{job}/tasks", version="2020-03-01.11.0").json()["value"]
    assert "requiredSlots" not in listed[0]
    assert "maxTasksPerNode" in fields(f"/pools/{empty_pool}", V2018_12)
    assert "taskSlotsPerNode" not in fields(f"/pools/{empty_pool}", V2018_12)


@pytest.mark.parametrize("version", API_VERSIONS)
def test_the_versions_that_are_answered(service: Connection, version: str) -> None:
    assert service.send("GET", "/pools", version=version).status == 200


@pytest.mark.parametrize("version", ["2017-01-01.4.0", "2099-01-01", "x"])
def test_another_version_is_refused(service: Connection, version: str) -> None:
    response = service.send("GET", "/pools", version=version)

    assert (response.status, code_of(response)) == (400, "UnsupportedRequestVersion")


def test_a_version_is_required_and_its_name_has_no_case(service: Connection) -> None:
    missing = service.send("GET", "/pools", version=None)
    upper = service.send("GET", "/pools?API-Version=2025-06-01", version=None)

    assert (missing.status, code_of(missing)) == (400, "MissingRequiredQueryParameter")
    assert upper.status == 200
