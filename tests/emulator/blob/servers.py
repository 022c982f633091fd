"""Blob services to test against, and ways to talk to them that an SDK doesn't offer."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit
from uuid import uuid4

import uvicorn
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import (
    BlobServiceClient,
    ContainerClient,
    ResourceTypes,
    generate_account_sas,
)
from starlette.types import ASGIApp

from batchff.emulator.blob.app import create_blob_app, utc_now
from batchff.emulator.root import open_root, read_identity


@dataclass(frozen=True)
class Answer:
    """What a raw request got."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class BlobServer:
    """A running Blob service: the emulator or Azurite."""

    kind: str
    url: str
    account: str
    key: str = field(repr=False)

    def client(self, **options: Any) -> BlobServiceClient:
        """A client that doesn't retry, so that a test sees the first answer."""
        credential = AzureNamedKeyCredential(self.account, self.key)
        options = {"retry_total": 0, "use_env_settings": False, **options}
        return BlobServiceClient(self.url, credential=credential, **options)

    def with_sas(self, sas: str) -> BlobServiceClient:
        return BlobServiceClient(self.url, credential=sas, retry_total=0, use_env_settings=False)

    def new_container(self, **options: Any) -> ContainerClient:
        """A container that no other test knows."""
        return self.client(**options).create_container(f"test-{uuid4().hex}")

    def account_sas(self, permissions: str = "rwdlacup", **options: Any) -> str:
        return generate_account_sas(
            self.account,
            self.key,
            options.pop("resource_types", ResourceTypes(service=True, container=True, object=True)),
            permissions,
            options.pop("expiry", datetime.now(UTC) + timedelta(hours=1)),
            **options,
        )

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        query: str = "",
        sas: str | None = None,
    ) -> Answer:
        """Send a request exactly as given: `path` is what follows the account, already encoded.

        With a SAS for everything, unless another one is given; an empty one sends none.
        """
        url = urlsplit(self.url)
        assert url.hostname
        token = self.account_sas() if sas is None else sas
        connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=30)
        try:
            parameters = "&".join(part for part in (query, token) if part)
            connection.request(
                method,
                f"{url.path}{path}?{parameters}",
                body=body,
                headers={"x-ms-version": "2021-12-02", **(headers or {})},
            )
            response = connection.getresponse()
            return Answer(response.status, _lower(response.getheaders()), response.read())
        finally:
            connection.close()


@contextmanager
def running_emulator(folder: Path, clock: Callable[[], datetime] = utc_now) -> Iterator[BlobServer]:
    """The emulator's Blob service in a thread, its state in a folder."""
    root = open_root(folder)
    account = read_identity(root).storage
    with serving(create_blob_app(root, account, clock=clock)) as port:
        url = f"http://127.0.0.1:{port}/{account.name}"
        yield BlobServer("emulator", url, account.name, account.key)


@contextmanager
def serving(app: ASGIApp, **options: Any) -> Iterator[int]:
    """Serve an application in a thread, and tell its port; the options are uvicorn's."""
    config = uvicorn.Config(app, access_log=False, log_level="warning", **options)
    server = uvicorn.Server(config)
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer comes 40 ms late.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        # Before the server runs: a client that is early waits for its answer.
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def blob_path(container: str, blob: str) -> str:
    """The path of a blob below its account, with all of its name but letters encoded."""
    return f"/{container}/{quote(blob, safe='')}"


def error_code(error: HttpResponseError) -> str:
    """The service's code for what it refused."""
    return str(cast(Any, error.response).headers["x-ms-error-code"])


def _lower(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
