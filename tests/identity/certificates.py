"""A throwaway authority for certificates, and a certificate of it for servers of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme


@dataclass(frozen=True)
class Certificates:
    """PEM files: what servers on loopback prove themselves with, and whom clients must trust."""

    authority: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The certificates of this worker; nobody trusts them who isn't told to."""
    folder = tmp_path_factory.mktemp("certificates")
    made = Certificates(
        *(folder / name for name in ("authority.pem", "certificate.pem", "certificate-key.pem"))
    )
    authority = trustme.CA()
    authority.cert_pem.write_to_path(made.authority)
    server = authority.issue_cert("localhost", "127.0.0.1", "*.westeurope.batch.azure.com")
    for pem in server.cert_chain_pems:
        pem.write_to_path(made.certificate, append=True)
    server.private_key_pem.write_to_path(made.key)
    return made
