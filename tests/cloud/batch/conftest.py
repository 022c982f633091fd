"""Clients of the emulator: batchff's own, and the SDK's for what other programs do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch
from batchff.emulator.launch import Connection
from tests.emulator_process import client_of


@pytest.fixture
def batch(emulator: Connection) -> Batch:
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    return Batch(emulator.batch_endpoint, credential)


@pytest.fixture
def service(emulator: Connection) -> Iterator[BatchClient]:
    with client_of(emulator) as client:
        yield client
