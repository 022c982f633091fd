"""What the SDK's clients send by, given to them as azure-core's `transport`.

`Transport` is the one for all of them. It sends by batchff's own connections, or where the switch
says so by the SDK's own transport.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from azure.core.exceptions import (
    DecodeError,
    HttpResponseError,
    ResponseNotReadError,
    StreamClosedError,
    StreamConsumedError,
)
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.utils import CaseInsensitiveDict

from batchff.cloud.http.connections import (
    SECONDS_OF_SILENCE,
    SECONDS_TO_CONNECT,
    Answer,
)
from batchff.cloud.http.failures import ConnectionFailed, azure_error
from batchff.cloud.http.own_connections import OwnConnections
from batchff.cloud.http.proxies import find_proxy
from batchff.cloud.http.switch import needs_libraries

if TYPE_CHECKING:
    from batchff.cloud.http.sdk_transport import SdkTransport

_PIECE = 64 * 1024

_SENT_AS_IT_IS = "!$%&'()*+,/:;=?@[]~"
"""Characters that stay as they are in an address, `%` too: it's escaped already."""


class Transport(HttpTransport[HttpRequest, HttpResponse]):
    """Sends requests to whichever endpoints they name, from any number of threads.

    A failed connection is an AzureError, whose `inner_exception` is the ConnectionFailed.
    """

    def __init__(self) -> None:
        self._senders: dict[str, _OwnSender | SdkTransport] = {}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Connections are made when they're needed."""

    def close(self) -> None:
        """Give up the connections; requests make new ones."""
        self._senders.clear()

    def send(
        self,
        request: HttpRequest,
        *,
        stream: bool = False,
        connection_timeout: float = SECONDS_TO_CONNECT,
        read_timeout: float = SECONDS_OF_SILENCE,
        **options: Any,
    ) -> HttpResponse:
        """Send a request once; return its answer, whose body is read unless it's to be a stream."""
        if options:
            raise TypeError(f"no request takes {', '.join(options)}")
        address = urlsplit(request.url)
        endpoint = f"{address.scheme}://{address.netloc}"
        sender = self._senders.get(endpoint)
        if sender is None:
            sender = self._senders.setdefault(endpoint, _new_sender(urlsplit(endpoint)))
        return sender.send(
            request,
            stream=stream,
            connection_timeout=connection_timeout,
            read_timeout=read_timeout,
        )


def _new_sender(endpoint: SplitResult) -> _OwnSender | SdkTransport:
    """Return what sends to an endpoint: the switch decides by the endpoint's proxy."""
    proxy = find_proxy(endpoint)
    if needs_libraries(proxy):
        from batchff.cloud.http.sdk_transport import SdkTransport  # slow to import

        return SdkTransport(endpoint, proxy)
    return _OwnSender(OwnConnections(endpoint, proxy))


class _OwnSender:
    """Sends requests by batchff's own connections to one endpoint."""

    def __init__(self, connections: OwnConnections) -> None:
        self._connections = connections

    def send(
        self, request: HttpRequest, *, stream: bool, connection_timeout: float, read_timeout: float
    ) -> HttpResponse:
        body = _body(request)
        with _azure_errors():
            answer = self._connections.request(
                request.method,
                _path(request.url),
                _headers(request, body),
                iter((memoryview(body),) if body else ()),
                seconds_to_connect=connection_timeout,
                seconds_of_silence=read_timeout,
            )
        response = _Response(request, answer)
        # What went wrong is short, and nobody reads it as a stream.
        if not stream or answer.status >= 300:
            response.read()
        return response


class _Response(HttpResponse):
    """An answer as the pipeline takes it. The services speak UTF-8, some with a byte order mark."""

    # These attributes override HttpResponse's abstract properties.
    __slots__ = (
        "content_type",
        "encoding",
        "headers",
        "is_closed",
        "is_stream_consumed",
        "reason",
        "request",
        "status_code",
        "url",
    )
    request: HttpRequest
    url: str
    status_code: int
    reason: str
    headers: CaseInsensitiveDict
    content_type: str | None
    encoding: str | None
    is_closed: bool
    is_stream_consumed: bool

    def __init__(self, request: HttpRequest, answer: Answer) -> None:
        self.request = request
        self.url = request.url
        self.status_code = answer.status
        self.reason = answer.reason
        self.headers = CaseInsensitiveDict(answer.headers)
        self.content_type = self.headers.get("Content-Type")
        self.encoding = None
        self.is_closed = False
        self.is_stream_consumed = False
        self._answer = answer
        self._content: bytes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.is_closed = True
        self._answer.close()

    @property
    def content(self) -> bytes:
        if self._content is None:
            raise ResponseNotReadError(self)
        return self._content

    def read(self) -> bytes:
        if self._content is None:
            with self._reading():
                self._content = self._answer.read()
        return self._content

    def body(self) -> bytes:
        """Return the body, by the name that azure-storage-blob knows answers by."""
        return self.read()

    def iter_bytes(self, **_: Any) -> Iterator[bytes]:
        if self._content is None:
            yield from self.iter_raw()
        else:
            yield self._content

    def iter_raw(self, **_: Any) -> Iterator[bytes]:
        buffer = memoryview(bytearray(_PIECE))
        with self._reading():
            while count := self._answer.read_into(buffer):
                yield bytes(buffer[:count])

    @contextmanager
    def _reading(self) -> Iterator[None]:
        if self.is_stream_consumed:
            raise StreamConsumedError(self)
        if self.is_closed:
            raise StreamClosedError(self)
        self.is_stream_consumed = True
        with self, _azure_errors():
            yield

    def text(self, encoding: str | None = None) -> str:
        wanted = encoding or self.encoding or "utf-8"
        return self.content.decode("utf-8-sig" if wanted == "utf-8" else wanted, "replace")

    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise DecodeError(f"the answer can't be read ({error})", response=self) from error

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise HttpResponseError(response=self)


def _path(url: str) -> str:
    """Return what is asked of the endpoint: path and query."""
    address = urlsplit(url)
    path = address.path or "/"
    asked = f"{path}?{address.query}" if address.query else path
    return quote(asked, safe=_SENT_AS_IT_IS)


def _body(request: HttpRequest) -> bytes:
    content = request.content
    if isinstance(content, dict):  # a form, which the SDK's own transport writes
        return urlencode(content, doseq=True).encode()
    if isinstance(content, str):
        return content.encode()
    if content is None or isinstance(content, bytes):
        return content or b""
    raise TypeError(f"no body is sent from {type(content).__name__}, only from text and bytes")


def _headers(request: HttpRequest, body: bytes) -> dict[str, str]:
    headers = {
        name: value for name, value in request.headers.items() if name.lower() != "content-length"
    }
    if body or request.method not in ("GET", "HEAD"):
        headers["Content-Length"] = str(len(body))
    return {**headers, "Accept-Encoding": "identity"}


@contextmanager
def _azure_errors() -> Iterator[None]:
    """Raise a failed connection as azure-core's error for it."""
    try:
        yield
    except ConnectionFailed as failure:
        raise azure_error(failure) from failure
