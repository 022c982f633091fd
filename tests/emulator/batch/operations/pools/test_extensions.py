"""Extensions of nodes: those of the pool, and the service's own."""

from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import ResourceNotFoundError

from tests.emulator.examples import pool_document
from tests.emulator.running import Connection, wait_until

_EXTENSION = {
    "name": "secrets",
    "publisher": "Microsoft.Azure.KeyVault",
    "type": "KeyVaultForLinux",
    "protectedSettings": {"key": "Pa$$w0rd"},
}


def test_a_node_has_those_of_its_pool_and_the_services_own(
    service: Connection, client: BatchClient, name: str
) -> None:
    body = pool_document(name, targetDedicatedNodes=1)
    body["virtualMachineConfiguration"]["extensions"] = [_EXTENSION]
    assert service.send("POST", "/pools", body).status == 201
    wait_until(lambda: list(client.list_nodes(name)))
    node = next(iter(client.list_nodes(name))).id

    listed = service.send("GET", f"/pools/{name}/nodes/{node}/extensions")
    one = client.get_node_extension(name, node, "SECRETS")

    names = [each["vmExtension"]["name"] for each in listed.json()["value"]]
    assert names == ["secrets", "batchNodeExtension"]
    assert b"Pa$$w0rd" not in listed.data
    assert one.vm_extension is not None and one.vm_extension.type == "KeyVaultForLinux"
    with pytest.raises(ResourceNotFoundError):
        client.get_node_extension(name, node, "monitoring")


def test_a_node_that_is_not_there_has_none(client: BatchClient, pool: str) -> None:
    with pytest.raises(ResourceNotFoundError):
        list(client.list_node_extensions(pool, "nobody"))
