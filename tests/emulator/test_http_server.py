from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from starlette.applications import Starlette

from batchff.emulator import launch
from batchff.emulator.errors import EmulatorError
from batchff.emulator.http_server import HttpServer, listen
from batchff.emulator.options import ServiceOptions, TlsFiles
from tests.emulator.running import (
    Connection,
    running_service,
)
from tests.identity.certificates import Certificates


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for an emulator, stopped after the test if it runs then."""
    folder = tmp_path / "state" / "emulator"
    yield folder
    launch.stop(folder, timeout=5)


def test_what_its_server_could_use_as_well_is_not_used(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("httptools", "websockets", "wsproto", "uvloop"):
        folder = tmp_path / "beside" / library
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path / "beside")

    assert launch.start(root) == launch.find(root)


@pytest.mark.parametrize("sent", [b"", b"GET /pools HTTP/1.1\r\nHost: 127"])
def test_half_of_a_header_is_not_waited_for_for_ever(sent: bytes) -> None:
    async def scenario() -> bytes:
        listener = listen(0, 0, "Batch")
        server = HttpServer(Starlette(), None, header_seconds=0.05)
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(sent)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()
            server.should_exit = True
            await serving

    assert asyncio.run(scenario()) == b""


def test_plain_http_is_not_spoken_on_the_same_port(secure_emulator: Connection) -> None:
    account = secure_emulator.identity.batch
    key = AzureNamedKeyCredential(account.name, account.key)
    plain = secure_emulator.batch_endpoint.replace("https:", "http:")
    with BatchClient(plain, key, retry_total=0) as client, pytest.raises(Exception, match="abort"):
        list(client.list_pools())


def test_it_ends_at_once_though_a_client_keeps_its_connection(
    tmp_path: Path,
    tls: TlsFiles,
    certificates: Certificates,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        running_service(tmp_path, ServiceOptions(tls=tls)) as service,
        urllib3.PoolManager(ca_certs=str(certificates.authority)) as pool,
    ):
        assert pool.request("GET", f"{service.batch_endpoint}/pools").status == 403
        service.stop()
    assert "graceful shutdown exceeded" not in caplog.text


def test_a_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    with running_service(tmp_path) as first:
        port = first.identity.batch_port
    with socket.create_server(("127.0.0.1", port)), running_service(tmp_path) as second:
        assert second.identity.batch_port != port
        assert second.blob_endpoint == first.blob_endpoint


def test_a_port_that_is_asked_for_and_taken_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = ServiceOptions(batch_port=taken.getsockname()[1])
        service = running_service(tmp_path, options)
        with pytest.raises(EmulatorError, match="Address already in use"), service:
            pass
