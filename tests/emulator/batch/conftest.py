"""One running emulator for all tests of the Batch API in a process; each has a job of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from azure.batch import BatchClient

from batchff.emulator.options import ServiceOptions
from tests.emulator import examples
from tests.emulator.running import Connection, running_service, wait_until


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    options = ServiceOptions(transfer_patience=1)
    with running_service(tmp_path_factory.mktemp("emulator"), options) as connection:
        yield connection


@pytest.fixture(scope="session")
def strict_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """An emulator that refuses what has no effect."""
    folder = tmp_path_factory.mktemp("strict")
    with running_service(folder, ServiceOptions(strict=True)) as connection:
        yield connection


@pytest.fixture
def client(service: Connection) -> Iterator[BatchClient]:
    with service.client() as client:
        yield client


@pytest.fixture
def name() -> str:
    """An id that no other test uses."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def pool(service: Connection) -> str:
    """A pool with two nodes that are ready, of two slots each."""
    with service.client() as client:
        client.create_pool(examples.pool("shared-pool", nodes=2, task_slots_per_node=2))
        wait_until(lambda: [n.state for n in client.list_nodes("shared-pool")] == ["idle"] * 2)
    return "shared-pool"


@pytest.fixture(scope="session")
def empty_pool(service: Connection) -> str:
    """A pool without nodes: its tasks stay active."""
    with service.client() as client:
        client.create_pool(examples.pool("empty-pool", nodes=0))
    return "empty-pool"


@pytest.fixture
def job(service: Connection, client: BatchClient, pool: str, name: str) -> Iterator[str]:
    """A job whose tasks run; what still runs when the test is over gives its slot back."""
    client.create_job(examples.job(name, pool))
    yield name
    service.send("DELETE", f"/jobs/{name}")


@pytest.fixture
def idle_job(client: BatchClient, empty_pool: str, name: str) -> str:
    """A job whose tasks stay active."""
    client.create_job(examples.job(f"{name}-idle", empty_pool))
    return f"{name}-idle"
