from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.emulator.examples import code_of, pool_document, values_of
from tests.emulator.running import Connection, wait_until

_OLDER = "2024-02-01.19.0"
_WINDOWS = {
    "imageReference": {
        "publisher": "microsoftwindowsserver",
        "offer": "windowsserver",
        "sku": "2022-datacenter",
    },
    "nodeAgentSKUId": "batch.node.windows amd64",
}
_UPGRADE = {"mode": "automatic", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}
_BOTH = {"targets": ["osdisk", "temporarydisk"]}
_OWN_KEY = {"customerManagedKey": {"keyUrl": "https://v/k/1"}}
_DISK = {"diskSizeGB": 8}


def _pool(name: str, windows: bool, machine: dict[str, Any], fields: dict[str, Any]) -> Any:
    body = pool_document(name, **copy.deepcopy(fields))
    if windows:
        body["virtualMachineConfiguration"] = copy.deepcopy(_WINDOWS)
    body["virtualMachineConfiguration"] |= copy.deepcopy(machine)
    return body


@pytest.mark.parametrize(
    ("windows", "machine", "fields"),
    [
        (True, {"windowsConfiguration": {"enableAutomaticUpdates": True}}, {}),
        (
            True,
            {"windowsConfiguration": {"enableAutomaticUpdates": False}},
            {"upgradePolicy": _UPGRADE},
        ),
        (True, {"diskEncryptionConfiguration": _BOTH}, {}),
        (False, {"diskEncryptionConfiguration": {"targets": ["TemporaryDisk"]}}, {}),
        (False, {"diskEncryptionConfiguration": {}}, {}),
        (False, {"dataDisks": [{"lun": 0, **_DISK}, {"lun": 1, **_DISK}]}, {}),
        (False, {}, {"applicationLicenses": ["maya", "vray", "3dsmax", "arnold"]}),
    ],
)
def test_what_goes_together_is_taken(
    service: Connection, name: str, windows: bool, machine: Any, fields: Any
) -> None:
    answer = service.send("POST", "/pools", _pool(name, windows, machine, fields), version=_OLDER)

    assert answer.status == 201, answer.data


_MACHINE = "virtualMachineConfiguration"


@pytest.mark.parametrize(
    ("windows", "machine", "fields", "place"),
    [
        (
            False,
            {"windowsConfiguration": {"enableAutomaticUpdates": True}},
            {},
            f"{_MACHINE}.windowsConfiguration",
        ),
        (
            True,
            {"windowsConfiguration": {"enableAutomaticUpdates": True}},
            {"upgradePolicy": _UPGRADE},
            f"{_MACHINE}.windowsConfiguration.enableAutomaticUpdates",
        ),
        (
            False,
            {"diskEncryptionConfiguration": _BOTH},
            {},
            f"{_MACHINE}.diskEncryptionConfiguration.targets",
        ),
        (
            True,
            {"diskEncryptionConfiguration": {"targets": ["temporarydisk"]}},
            {},
            f"{_MACHINE}.diskEncryptionConfiguration.targets",
        ),
        (
            False,
            {"dataDisks": [{"lun": 1, **_DISK}, {"lun": 1, **_DISK}]},
            {},
            f"{_MACHINE}.dataDisks[1].lun",
        ),
        (
            False,
            {"securityProfile": {"uefiSettings": {"vTpmEnabled": True}}},
            {},
            f"{_MACHINE}.securityProfile.uefiSettings",
        ),
        (
            False,
            {},
            {"userAccounts": [{"name": "a", "password": "x", "windowsUserConfiguration": {}}]},
            "userAccounts[0].windowsUserConfiguration",
        ),
        (False, {}, {"applicationLicenses": ["maya", "word"]}, "applicationLicenses[1]"),
    ],
)
def test_what_the_description_rules_out_is_refused(
    service: Connection, name: str, windows: bool, machine: Any, fields: Any, place: str
) -> None:
    answer = service.send("POST", "/pools", _pool(name, windows, machine, fields), version=_OLDER)

    assert (answer.status, code_of(answer)) == (400, "InvalidPropertyValue"), answer.data
    assert values_of(answer)["PropertyName"] == place
    assert service.send("HEAD", f"/pools/{name}").status == 404


@pytest.mark.parametrize(("targets", "status"), [(["osdisk"], 201), (["temporarydisk"], 400)])
def test_a_key_of_ones_own_is_for_the_systems_disk(
    service: Connection, name: str, targets: list[str], status: int
) -> None:
    machine = {"diskEncryptionConfiguration": {**_OWN_KEY, "targets": targets}}

    assert service.send("POST", "/pools", _pool(name, False, machine, {})).status == status


def test_a_changed_image_is_checked_too(service: Connection, name: str) -> None:
    users = [{"name": "a", "password": "x"}]
    body = _pool(name, True, {}, {"userAccounts": users})
    assert service.send("POST", "/pools", body).status == 201
    linux = pool_document(name)["virtualMachineConfiguration"]
    unfit = {**linux, "windowsConfiguration": {"enableAutomaticUpdates": True}}

    refused = service.send("PATCH", f"/pools/{name}", {"virtualMachineConfiguration": unfit})
    changed = service.send("PATCH", f"/pools/{name}", {"virtualMachineConfiguration": linux})

    assert (refused.status, changed.status) == (400, 200)


def test_a_user_of_a_windows_node_has_a_password(service: Connection, name: str) -> None:
    body = _pool(name, True, {}, {"targetDedicatedNodes": 1})
    assert service.send("POST", "/pools", body).status == 201
    path = f"/pools/{name}/nodes"
    (node,) = wait_until(lambda: service.send("GET", path).json()["value"])
    users = f"{path}/{node['id']}/users"

    without = service.send("POST", users, {"name": "a"})
    with_key = service.send("POST", users, {"name": "a", "password": "x", "sshPublicKey": "k"})
    made = service.send("POST", users, {"name": "a", "password": "x"})
    replaced = service.send("PUT", f"{users}/a", {"sshPublicKey": "k"})

    assert (without.status, code_of(without)) == (400, "MissingRequiredProperty")
    assert (with_key.status, values_of(with_key)["PropertyName"]) == (400, "sshPublicKey")
    assert (made.status, replaced.status) == (201, 400)


@pytest.mark.parametrize("port", [22, 3389])
def test_the_ports_of_logins_were_reserved_once(service: Connection, name: str, port: int) -> None:
    ports = {
        "name": "login",
        "protocol": "tcp",
        "backendPort": port,
        "frontendPortRangeStart": 60_000,
        "frontendPortRangeEnd": 60_039,
    }
    network = {"endpointConfiguration": {"inboundNATPools": [ports]}}
    body = pool_document(name, networkConfiguration=network)

    older = service.send("POST", "/pools", body, version=_OLDER)
    newer = service.send("POST", "/pools", body)

    assert (older.status, code_of(older)) == (400, "InvalidPropertyValue")
    assert values_of(older)["PropertyName"].endswith("inboundNATPools[0].backendPort")
    assert newer.status == 201
