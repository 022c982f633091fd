"""The service as an ASGI application."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from batchff.emulator.blob.operations.call import Call
from batchff.emulator.blob.protocol.errors import DISK_FULL, INTERNAL_ERROR, StorageError
from batchff.emulator.blob.protocol.names import check_blob_name, check_container_name
from batchff.emulator.blob.protocol.request import Request, parse_request
from batchff.emulator.blob.protocol.response import Response, error_response, send_response
from batchff.emulator.blob.routes import find_handler
from batchff.emulator.blob.signing.authentication import authenticate
from batchff.emulator.blob.store import Store
from batchff.emulator.disk import is_disk_full
from batchff.emulator.entra_tokens import Tokens
from batchff.emulator.hosts import LOOPBACK
from batchff.emulator.root import Account, Root

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)


def create_blob_app(
    root: Root,
    account: Account,
    *,
    clock: Callable[[], datetime] = utc_now,
    tokens: Tokens | None = None,
) -> Starlette:
    """The Blob service of one account, its state below `root`.

    It's at `http://HOST/<account>/…`, and at `http://<account>.blob.localhost/…`.

    Opens the store at once and closes it when the application shuts down. Run it in one process
    and on one event loop. With `tokens`, Entra ID's are accepted beside the account's key.
    """
    store = Store(root, int(clock().timestamp()))
    service = BlobService(store, account, clock, tokens)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    app = Starlette(
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)],
        lifespan=lifespan,
    )
    # Not a route: Starlette's patterns don't match a path with a line end, which names can have.
    app.router.default = service
    return app


@dataclass(frozen=True, slots=True)
class BlobService:
    """Answers each request: authentication, then the route, then the operation."""

    store: Store
    account: Account
    clock: Callable[[], datetime]
    tokens: Tokens | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors are answered too."""
        request = parse_request(scope, receive)
        try:
            response = await self._answer_or_refuse(request)
        except ClientDisconnect:
            return
        except (OSError, sqlite3.Error) as failure:
            if is_disk_full(failure):
                _log.error("request %s could not be done: the disk is full", request.id)
                await send_response(
                    error_response(StorageError(DISK_FULL), request, self.clock()), request, send
                )
                return
            _log.exception("Request %s could not be done", request.id)
            response = error_response(StorageError(INTERNAL_ERROR), request, self.clock())
        await send_response(response, request, send)

    async def _answer_or_refuse(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except StorageError as error:
            return error_response(error, request, self.clock())

    async def _answer(self, request: Request) -> Response:
        authorization = authenticate(request, self.account, self.clock(), self.tokens)
        request = request.without_empty_properties()
        handle = find_handler(request, authorization)
        if request.container:
            check_container_name(request.container)
        check_blob_name(request.blob)
        return await handle(
            Call(
                request,
                authorization,
                self.account,
                self.store,
                self.clock,
                self._answer_or_refuse,
            )
        )
