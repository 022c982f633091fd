"""A running service whose nodes fetch and send files."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from azure.batch import BatchClient

from tests.emulator.examples import job, pool
from tests.emulator.running import Connection, running_service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with running_service(tmp_path_factory.mktemp("emulator")) as connection:
        with connection.client() as client:
            client.create_pool(pool("pool", nodes=2))
        yield connection


@pytest.fixture
def client(service: Connection) -> Iterator[BatchClient]:
    with service.client() as client:
        yield client


@pytest.fixture
def batch_job(client: BatchClient) -> str:
    name = f"job-{uuid.uuid4().hex[:8]}"
    client.create_job(job(name, "pool"))
    return name
