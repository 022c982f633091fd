"""The descriptions, and an emulator with something of everything in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batchff.emulator.options import ServiceOptions
from tests.emulator.conformance.description import Description, folder_or_skip
from tests.emulator.conformance.everything import Everything, furnish
from tests.emulator.conformance.openapi import read_openapi
from tests.emulator.conformance.sdk_extract import read_sdk_extract
from tests.emulator.running import Connection, running_service


@pytest.fixture(scope="session")
def descriptions() -> dict[str, Description]:
    """The two api-versions that are described, by their names."""
    folder = folder_or_skip()
    extract = next(folder.glob("batch-2025-06-01.*.json"))
    both = (
        read_openapi(folder / "2024-02-01.19.0" / "BatchService.json"),
        read_sdk_extract(extract),
    )
    return {description.version: description for description in both}


@pytest.fixture(scope="session")
def newest(descriptions: dict[str, Description]) -> Description:
    return descriptions["2025-06-01"]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    options = ServiceOptions(pool_identities=(Everything.identity,))
    with running_service(tmp_path_factory.mktemp("emulator"), options) as connection:
        yield connection


@pytest.fixture(scope="session")
def everything(service: Connection) -> Everything:
    return furnish(service)
