"""The Batch service as an ASGI application: context, authentication, route, operation."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batchff.emulator.batch.authentication import authenticate
from batchff.emulator.batch.protocol.call import Call, Services, json_response
from batchff.emulator.batch.protocol.context import RequestContext, read_query
from batchff.emulator.batch.protocol.errors import BatchError
from batchff.emulator.batch.protocol.versions import check_version
from batchff.emulator.batch.protocol.without_effect import Notices
from batchff.emulator.batch.routes import (
    EARLIER_OPERATIONS,
    EMULATOR_OPERATIONS,
    OPERATIONS,
    Operation,
)
from batchff.emulator.clock import Clock
from batchff.emulator.disk import is_disk_full
from batchff.emulator.entra_tokens import Tokens
from batchff.emulator.identities import PoolIdentities
from batchff.emulator.root import Account, Root
from batchff.emulator.scheduling.scheduler import Scheduler
from batchff.emulator.state.store import Store
from batchff.emulator.state.times import to_ticks

_LOG = logging.getLogger(__name__)

_LARGEST_BODY = 1 << 20
_CONTEXT = "batch_request"
_ALWAYS = {
    "DataServiceVersion": "3.0",
    "Server": "Microsoft-HTTPAPI/2.0",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer of the service has."""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def create_batch_app(
    root: Root,
    account: Account,
    *,
    store: Store,
    scheduler: Scheduler,
    clock: Clock,
    tokens: Tokens | None = None,
    identities: PoolIdentities | None = None,
    strict: bool = False,
    notices: Notices | None = None,
) -> Starlette:
    """Make the application; it runs in the event loop of the store and the scheduler.

    With `tokens`, Entra ID's are accepted beside the account's key. All pools have `identities`.
    What has no effect here is refused where it's `strict`, and else told to `notices`.
    """
    services = Services(
        root, store, scheduler, identities, account.name, strict, notices or Notices()
    )
    by_path: defaultdict[str, list[Operation]] = defaultdict(list)
    for operation in (*OPERATIONS, *EARLIER_OPERATIONS, *EMULATOR_OPERATIONS):
        by_path[operation.path].append(operation)
    routes = [Route(path, _Resource(group, services)) for path, group in by_path.items()]
    routes.append(Route("/{path:path}", _nothing_there, methods=_METHODS))
    return Starlette(
        routes=routes,
        middleware=[Middleware(_Gate, account=account, clock=clock, tokens=tokens)],
    )


class _Gate:
    """What every request passes: context, authentication, version; then errors and headers."""

    def __init__(self, app: ASGIApp, account: Account, clock: Clock, tokens: Tokens | None) -> None:
        self._app = app
        self._account = account
        self._clock = clock
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = RequestContext(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            headers=Headers(scope=scope),
            query=read_query(scope["query_string"]),
            now=to_ticks(self._clock.now()),
            scheme=scope["scheme"],
        )
        scope[_CONTEXT] = context
        started = False

        async def stamp(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _stamp(MutableHeaders(scope=message), context)
            await send(message)

        try:
            authenticate(context, self._account, self._tokens)
            check_version(context.parameter("api-version"))
            context.check_parameters()
            await self._app(scope, receive, stamp)
        except BatchError as error:
            await _answer(error, context)(scope, receive, stamp)
        except Exception as failure:
            if is_disk_full(failure):
                own = BatchError("ServerBusy", {"Reason": "The disk of the emulator is full"})
                _LOG.error("%s %s failed: the disk is full", context.method, context.path)
            else:
                own = BatchError("InternalError")
                _LOG.exception("%s %s failed", context.method, context.path)
            if started:
                raise
            await _answer(own, context)(scope, receive, stamp)


class _Resource:
    """A path's operations: picks the one of the request's method."""

    def __init__(self, operations: Iterable[Operation], services: Services) -> None:
        self._operations = {operation.method: operation for operation in operations}
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = self._operations.get(scope["method"])
        if operation is None:
            raise BatchError("UnsupportedHttpVerb", {"Allowed": ", ".join(self._operations)})
        context: RequestContext = scope[_CONTEXT]
        if context.version not in operation.versions:
            raise BatchError("InvalidUri", {"Reason": f"Not in api-version {context.version}"})
        if operation.handler is None or (operation.without_effect and self._services.strict):
            raise BatchError("NotImplemented", {"Operation": operation.name})
        call = Call(
            operation=operation.name,
            request=context,
            parameters=dict(scope["path_params"]),
            body=await _body(Request(scope, receive)),
            services=self._services,
        )
        try:
            response = operation.handler(call)
        except BatchError as error:
            if error.status == 501:
                error.values["Operation"] = operation.name
            raise
        call.tell()
        await response(scope, receive, send)


async def _nothing_there(request: Request) -> Response:
    raise BatchError("InvalidUri")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise BatchError("RequestBodyTooLarge", {"MaxLimit": _LARGEST_BODY})
    return bytes(body)


def _answer(error: BatchError, context: RequestContext) -> Response:
    if context.method == "HEAD" or error.status == 304:
        return Response(status_code=error.status)
    metadata = ""
    # A request with a foreign name of a host isn't told that name as the service's.
    if "host" in context.headers:
        metadata = f"{context.endpoint}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container"
        metadata += ".errors/@Element"
    return json_response(error.body(context.request_id, context.now, metadata), error.status)


def _stamp(headers: MutableHeaders, context: RequestContext) -> None:
    headers["request-id"] = context.request_id
    for name, value in _ALWAYS.items():
        headers[name] = value
    wanted = context.headers.get("return-client-request-id", "").lower()
    client_id = context.headers.get("client-request-id")
    if wanted == "true" and client_id is not None:
        headers["client-request-id"] = client_id
