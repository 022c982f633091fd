"""What the service can have and the emulator never has: asked for, it is told to be none."""

from __future__ import annotations

import pytest
from azure.batch import BatchClient
from azure.core.exceptions import ResourceNotFoundError

from tests.emulator.examples import code_of, pool_document, values_of
from tests.emulator.running import Connection


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
