"""What is accepted without effect: kept without its secrets, told of, or refused where asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from batchff.emulator.batch.protocol.without_effect import Notices, drop_secrets, find_fields
from tests.emulator.examples import code_of, pool_document, values_of
from tests.emulator.running import Connection, running_service, wait_until

SECRET = "Pa$$w0rd-never-kept"
_POOL: dict[str, Any] = {
    "userAccounts": [
        {
            "name": "runner",
            "password": SECRET,
            "linuxUserConfiguration": {"uid": 7, "gid": 7, "sshPrivateKey": SECRET},
        }
    ],
    "mountConfiguration": [
        {
            "azureFileShareConfiguration": {
                "accountName": "films",
                "accountKey": SECRET,
                "azureFileUrl": "https://films.file.core.windows.net/a",
                "relativeMountPath": "a",
            }
        }
    ],
    "enableInterNodeCommunication": True,
}


def _made(service: Connection, body: dict[str, Any]) -> dict[str, Any]:
    answer = service.send("POST", "/pools", body)
    assert answer.status == 201, answer.data
    document: dict[str, Any] = service.send("GET", f"/pools/{body['id']}").json()
    return document


def test_a_field_is_found_wherever_it_may_be() -> None:
    body = {
        "id": "j",
        "jobManagerTask": {"commandLine": "true", "userIdentity": {"username": "me"}},
        "poolInfo": {"autoPoolSpecification": {"pool": {"userAccounts": [{"name": "me"}]}}},
        "environmentSettings": [{"name": "userAccounts", "value": "x"}],
        "applicationPackageReferences": [],
    }

    assert [found.name for found in find_fields(body)] == [
        "jobManagerTask.userIdentity.username",
        "poolInfo.autoPoolSpecification.pool.userAccounts",
    ]


def test_secrets_go_at_whatever_depth() -> None:
    value = [{"a": {"password": 1, "b": [{"sasKey": 2, "c": 3}]}}]

    drop_secrets(value)

    assert value == [{"a": {"b": [{"c": 3}]}}]


def test_each_field_is_told_once() -> None:
    told: list[list[str]] = []
    notices = Notices(told.append)

    for name in ("extensions", "extensions", "dataDisks"):
        notices.note("CreatePool", name)

    assert told == [
        ["CreatePool: extensions"],
        ["CreatePool: dataDisks", "CreatePool: extensions"],
    ]


def test_what_is_kept_is_given_back_with_the_services_defaults(
    service: Connection, name: str
) -> None:
    rule = {"priority": 150, "access": "allow", "sourceAddressPrefix": "*"}
    ports = {
        "name": "web",
        "protocol": "TCP",
        "backendPort": 80,
        "frontendPortRangeStart": 60000,
        "frontendPortRangeEnd": 60999,
        "networkSecurityGroupRules": [rule],
    }
    network = {
        "endpointConfiguration": {"inboundNATPools": [ports]},
        "publicIPAddressConfiguration": {"ipFamilies": ["IPv4"]},
    }
    body = pool_document(name, networkConfiguration=network, **_POOL)
    body["virtualMachineConfiguration"]["nodePlacementConfiguration"] = {"policy": "zonal"}

    pool = _made(service, body)

    assert pool["networkConfiguration"] == {
        "dynamicVNetAssignmentScope": "none",
        "endpointConfiguration": {
            "inboundNATPools": [
                {
                    **ports,
                    "protocol": "tcp",
                    "networkSecurityGroupRules": [{**rule, "sourcePortRanges": ["*"]}],
                }
            ]
        },
        "publicIPAddressConfiguration": {"provision": "BatchManaged", "ipFamilies": ["IPv4"]},
    }
    assert pool["enableInterNodeCommunication"] is True
    assert pool["userAccounts"][0]["elevationLevel"] == "nonadmin"
    machine = pool["virtualMachineConfiguration"]
    assert machine["nodePlacementConfiguration"] == {"policy": "Zonal"}


def test_no_secret_is_kept_or_told(service: Connection, name: str) -> None:
    pool = _made(service, pool_document(name, **_POOL))
    schedule = {
        "id": name,
        "schedule": {"doNotRunUntil": "2100-01-01T00:00:00Z"},
        "jobSpecification": {
            "poolInfo": {
                "autoPoolSpecification": {
                    "poolLifetimeOption": "job",
                    "pool": {
                        key: value
                        for key, value in pool_document(name, **_POOL).items()
                        if key != "id"
                    },
                }
            }
        },
    }
    assert service.send("POST", "/jobschedules", schedule).status == 201

    assert SECRET not in json.dumps(pool)
    for path in service.root.path.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_it_is_told_where_the_emulator_is(service: Connection, name: str) -> None:
    _made(service, pool_document(name, **_POOL))

    running = json.loads(service.root.running_file.read_text())

    assert "CreatePool: userAccounts" in running["without_effect"]


def _told(service: Connection) -> list[str]:
    names: list[str] = json.loads(service.root.running_file.read_text()).get("without_effect", [])
    return names


def test_what_was_refused_is_not_told(tmp_path: Path, name: str) -> None:
    network = {"networkConfiguration": {"enableAcceleratedNetworking": True}}
    task = {"id": "t", "commandLine": "true", "affinityInfo": {"affinityId": "TVM:x"}}
    unfit = {**task, "id": "u", "dependsOn": {"taskIds": ["t"]}}
    with running_service(tmp_path / "root") as service:
        _made(service, pool_document(name, targetDedicatedNodes=1))
        wait_until(lambda: service.send("GET", f"/pools/{name}/nodes").json()["value"])
        assert (
            service.send("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": name}}).status == 201
        )

        assert service.send("PATCH", f"/pools/{name}", network).status == 409
        assert service.send("POST", "/pools", pool_document(name, **network)).status == 409
        collection = {"value": [unfit]}
        answer = service.send("POST", "/jobs/j/addtaskcollection", collection).json()
        assert answer["value"][0]["status"] == "ClientError"
        assert _told(service) == []

        collection = {"value": [task, unfit]}
        assert service.send("POST", "/jobs/j/addtaskcollection", collection).status == 200
        assert _told(service) == ["CreateTaskCollection: affinityInfo"]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (_POOL, "userAccounts"),
        ({"networkConfiguration": {"enableAcceleratedNetworking": True}}, "networkConfiguration"),
        ({"applicationLicenses": ["maya"]}, "applicationLicenses"),
    ],
)
def test_a_strict_emulator_refuses_it_by_its_name_alone(
    strict_service: Connection, name: str, fields: dict[str, Any], named: str
) -> None:
    body = pool_document(name, **fields)

    answer = strict_service.send("POST", "/pools", body, version="2024-02-01.19.0")

    assert (answer.status, code_of(answer)) == (501, "NotImplemented")
    assert values_of(answer) == {"PropertyName": named, "Operation": "CreatePool"}
    assert SECRET.encode() not in answer.data


@pytest.mark.parametrize("path", ["/poolusagemetrics", "/pools?$expand=stats"])
def test_a_strict_emulator_refuses_what_answers_with_nothing(
    strict_service: Connection, path: str
) -> None:
    assert strict_service.send("GET", path).status == 501
