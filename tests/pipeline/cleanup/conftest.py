"""Accounts that a cleanup of everything may take: it would take what other tests have left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.blob.servers import BlobServer, running_emulator
from tests.emulator.running import Connection, running_service
from tests.pipeline.cleanup.accounts import Account


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with running_service(tmp_path_factory.mktemp("emulator")) as connection:
        yield connection


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServer]:
    with running_emulator(tmp_path_factory.mktemp("blobs") / "root") as server:
        yield server


def account_in(service: Connection, blobs: BlobServer) -> Iterator[Account]:
    account = Account.of(service, blobs)
    try:
        yield account
    finally:
        account.wipe()


@pytest.fixture
def account(service: Connection, emulated: BlobServer) -> Iterator[Account]:
    yield from account_in(service, emulated)
