"""An account under a host of Azure's, where Azure's own rules hold: a stand-in behind a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.cloud.batch.test_pool_options import SUBNET
from tests.cloud.small_servers import KEY_OF_NOTHING
from tests.commands import Batchff
from tests.emulator.blob.servers import serving
from tests.identity.certificates import Certificates
from tests.identity.proxy import running_proxy
from tests.silence import silence


@pytest.fixture
def asked(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[str]]:
    """What an account that has nothing was asked; the environment leads there, with a key."""
    asked: list[str] = []

    async def answer(request: Request) -> JSONResponse:
        asked.append(f"{request.method} {request.url.hostname}{request.url.path}")
        kind = request.url.path.split("/")[1].rstrip("s").capitalize()
        said = {"lang": "en-US", "value": "There is none.\nRequestId:0"}
        return JSONResponse({"code": f"{kind}NotFound", "message": said}, 404)

    app = Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST", "PUT", "PATCH"])])
    tls = {"ssl_certfile": certificates.certificate, "ssl_keyfile": certificates.key}
    with (
        serving(app, headers=[("Connection", "close"), ("request-id", "1")], **tls) as port,
        running_proxy(all_to=f"127.0.0.1:{port}") as (proxy, _),
    ):
        settings = {
            "HTTPS_PROXY": proxy,
            "NO_PROXY": "",
            "REQUESTS_CA_BUNDLE": str(certificates.authority),
            "BATCHFF_BATCH_ACCOUNT": "studio",
            "BATCHFF_BATCH_ENDPOINT": "studio.westeurope.batch.azure.com",
            "BATCHFF_BATCH_KEY": KEY_OF_NOTHING,
            "BATCHFF_STORAGE_ACCOUNT": "films",
            "BATCHFF_STORAGE_KEY": KEY_OF_NOTHING,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.chdir(tmp_path)
        yield asked


@pytest.mark.parametrize(
    "words", [("pool", "create"), ("submit", "videos"), ("submit", "videos", "--dry-run")]
)
def test_a_subnet_is_refused_to_a_key_before_anything_is_made(
    words: tuple[str, ...], asked: list[str], run: Batchff
) -> None:
    clip = Path("videos", "silence.wav")
    clip.parent.mkdir()
    clip.write_bytes(silence())
    ran = run(*words, "--subnet", SUBNET)
    assert ran.code == 5
    assert ran.err.removeprefix("1 file inspected\n") == (
        "error: with the Batch account's key no pool can be made in a subnet (sign in with Entra "
        "ID: auth=entra in the profile; storage_auth=key keeps the storage account's key)\n"
    )
    assert asked
    assert {line.partition(".")[0] for line in asked} == {"GET studio"}
