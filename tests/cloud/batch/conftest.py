"""Clients of the emulator: batchff's own, and the SDK's for what other programs do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from batchff.cloud.batch import Batch

if TYPE_CHECKING:
    from batchff.emulator.launch import Connection


@pytest.fixture
def batch(emulator: Connection) -> Batch:
    credential = AzureNamedKeyCredential(emulator.batch_account, emulator.batch_key)
    return Batch(emulator.batch_endpoint, credential)


@pytest.fixture
def service(emulator: Connection) -> Iterator[BatchClient]:
    from tests.emulator_process import client_of  # it runs on POSIX alone

    with client_of(emulator) as client:
        yield client
