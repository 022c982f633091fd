"""Emulators for tests: real ones, in processes of their own, on free ports of loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.emulator import launch
from batchff.emulator.launch import Connection
from tests.emulator.running import wait_until


@pytest.fixture(scope="session")
def emulator_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the emulator that a worker's tests share; it runs."""
    root = tmp_path_factory.mktemp("emulator")
    try:
        launch.start(root)
        yield root
    finally:
        launch.stop(root)


@pytest.fixture(scope="session")
def _shared_emulator(emulator_root: Path) -> Connection:
    connection = launch.find(emulator_root)
    assert connection is not None
    return connection


@pytest.fixture(scope="session")
def _shared_account(_shared_emulator: Connection) -> Iterator[BatchClient]:
    with client_of(_shared_emulator) as client:
        yield client


@pytest.fixture
def emulator(_shared_emulator: Connection, _shared_account: BatchClient) -> Iterator[Connection]:
    """An emulator that a worker's tests share; each finds no job and no pool in it.

    Blobs stay: containers and input sets need names of their own.
    """
    yield _shared_emulator
    remove_jobs_and_pools(_shared_account)


def client_of(emulator: Connection) -> BatchClient:
    """Make a client of an emulator's Batch account."""
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    # To look for proxies in the environment costs an eighth of each request; there is none here.
    return BatchClient(emulator.batch_endpoint, credential, use_env_settings=False)


def remove_jobs_and_pools(client: BatchClient) -> None:
    """Remove what a test has left in an account, whoever made it."""
    for job in client.list_jobs(select=["id"], filter="state ne 'deleting'"):
        client.begin_delete_job(job.id, polling_interval=0).wait()
    for pool in client.list_pools(select=["id"], filter="state ne 'deleting'"):
        client.begin_delete_pool(pool.id, polling_interval=0).wait()
    wait_until(lambda: not [*client.list_jobs(), *client.list_pools()])
