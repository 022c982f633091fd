from __future__ import annotations

from tests.emulator.examples import code_of
from tests.emulator.running import Connection

_VERSION = "2023-05-01.17.0"


def test_there_are_no_certificates(service: Connection) -> None:
    listed = service.send("GET", "/certificates", version=_VERSION)
    path = "/certificates(thumbprintAlgorithm=sha1,thumbprint=0123)"
    one = service.send("GET", path, version=_VERSION)

    assert listed.json()["value"] == []
    assert (one.status, code_of(one)) == (404, "CertificateNotFound")
