"""A request, parsed but not yet authenticated."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from batchff.emulator.blob.protocol.errors import REQUEST_BODY_TOO_LARGE, StorageError
from batchff.emulator.hosts import account_in


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Header and parameter names are in lower case. Text that isn't UTF-8 is kept as surrogates, so
    that taking a request apart can't fail before its sender is known; `names` refuses it later.
    Values of a parameter given twice are sorted and joined by a comma, as signatures want them.
    """

    id: str
    method: str
    raw_path: str
    account: str
    container: str
    blob: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    scheme: str
    client_host: str
    receive: Receive = field(repr=False)
    outer_version: str = ""
    """The version of the request that has this one in its body."""

    @property
    def version(self) -> str:
        """The version of the REST interface that it's for; empty where it doesn't say."""
        return self.headers.get("x-ms-version", self.outer_version)

    @property
    def endpoint(self) -> str:
        """The account's URL, as this client wrote it."""
        host = self.headers.get("host", "")
        path = "" if account_in(host, "blob") else f"/{self.account}"
        return f"{self.scheme}://{host}{path}"

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """The body as it arrives; StorageError beyond `limit` bytes, ClientDisconnect if cut."""
        received = 0
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            received += len(chunk)
            if received > limit:
                raise StorageError(REQUEST_BODY_TOO_LARGE)
            if chunk:
                yield chunk

    async def read(self, limit: int) -> bytes:
        """The whole body, of at most `limit` bytes."""
        return b"".join([chunk async for chunk in self.chunks(limit)])

    def without_empty_properties(self) -> Request:
        """The same, without headers of a blob's properties that say nothing.

        Programs of before 2023 send them all, and signed them.
        """
        headers = {
            name: value
            for name, value in self.headers.items()
            if value or not name.startswith("x-ms-blob-")
        }
        return self if len(headers) == len(self.headers) else replace(self, headers=headers)

    def within_batch(
        self, method: str, raw_path: str, query: str, headers: Mapping[str, str]
    ) -> Request:
        """A request that a body of this one has; it proves its sender by itself.

        SDKs leave the account out of its path, also where this one has it there.
        """
        host = self.headers.get("host", "")
        account, container, blob = _names(host, raw_path)
        if account != self.account:
            account = self.account
            container, blob = _parted(raw_path.removeprefix("/"))
        return replace(
            self,
            id=_request_id(),
            method=method,
            raw_path=raw_path,
            account=account,
            container=container,
            blob=blob,
            query=_query(query),
            headers={"host": host, **{name.lower(): value for name, value in headers.items()}},
            outer_version=self.version,
        )

    def for_url(self, host: str, raw_path: str, query: str) -> Request:
        """A read of another URL by the same sender, who proves nothing but by that URL."""
        account, container, blob = _names(host, raw_path)
        return replace(
            self,
            method="GET",
            raw_path=raw_path,
            account=account,
            container=container,
            blob=blob,
            query=_query(query),
            headers={},
        )


def parse_request(scope: Scope, receive: Receive) -> Request:
    """Take an ASGI scope apart; never fails."""
    raw_path = scope["raw_path"].decode("latin-1")
    headers = _headers(scope["headers"])
    account, container, blob = _names(headers.get("host", ""), raw_path)
    client = scope.get("client")
    return Request(
        id=_request_id(),
        method=scope["method"],
        raw_path=raw_path,
        account=account,
        container=container,
        blob=blob,
        query=_query(scope["query_string"].decode("latin-1")),
        headers=headers,
        scheme=scope["scheme"],
        client_host=client[0] if client else "",
        receive=receive,
    )


def _request_id() -> str:
    """A random id in the form of a GUID, which is what clients expect to log."""
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _names(host: str, raw_path: str) -> tuple[str, str, str]:
    """The account, container and blob of a URL; empty where it has none.

    The account is in the host or else in the path.
    """
    rest = raw_path.removeprefix("/")
    account = account_in(host, "blob")
    if not account:
        account, _, rest = rest.partition("/")
    return (unquote(account, errors="surrogateescape"), *_parted(rest))


def _parted(path: str) -> tuple[str, str]:
    container, _, blob = path.partition("/")
    return unquote(container, errors="surrogateescape"), unquote(blob, errors="surrogateescape")


def _query(text: str) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        values.setdefault(name.lower(), []).append(value)
    return {name: ",".join(sorted(given)) for name, given in values.items()}


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers
