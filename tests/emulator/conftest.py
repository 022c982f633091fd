"""What tests of several parts of the emulator share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batchff.emulator.options import ServiceOptions, TlsFiles
from tests.emulator.entra import Tenant
from tests.emulator.running import Connection, running_service
from tests.identity.certificates import Certificates


@pytest.fixture(scope="session")
def tls(certificates: Certificates) -> TlsFiles:
    return TlsFiles(certificates.certificate, certificates.key)


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    return Tenant(tmp_path_factory.mktemp("tenant"))


@pytest.fixture(scope="session")
def secure_emulator(
    tls: TlsFiles, tenant: Tenant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    """An emulator over TLS that accepts the tenant's tokens; one for each worker."""
    options = ServiceOptions(tls=tls, token_key=tenant.public_key)
    with running_service(tmp_path_factory.mktemp("secure"), options) as connection:
        yield connection
