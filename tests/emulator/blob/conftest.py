"""The servers that these tests run against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.storage.blob import ContainerClient

from tests import azurite
from tests.emulator.blob.servers import BlobServer, running_emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServer]:
    with running_emulator(tmp_path_factory.mktemp("emulator") / "root") as server:
        yield server


# The first test that needs Azurite may have to install it.
AZURITE = pytest.param("azurite", marks=pytest.mark.timeout(600))


@pytest.fixture(scope="session", params=["emulator", AZURITE])
def blob_server(request: pytest.FixtureRequest) -> BlobServer:
    """Each of the two services: what is tested with it is what both of them do."""
    if request.param == "emulator":
        server: BlobServer = request.getfixturevalue("emulator")
        return server
    url: str = request.getfixturevalue("azurite_url")
    return BlobServer("azurite", url, azurite.ACCOUNT, azurite.KEY)


@pytest.fixture
def container(blob_server: BlobServer) -> ContainerClient:
    """A new container on each of the two services."""
    return blob_server.new_container()
