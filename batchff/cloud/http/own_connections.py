"""Connections by the standard library, kept open between requests."""

from __future__ import annotations

import select
import socket
import ssl
import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult

from batchff.cloud.http.connections import SECONDS_OF_SILENCE, SECONDS_TO_CONNECT
from batchff.cloud.http.failures import ConnectionFailed, NotConnected, failures_told
from batchff.cloud.http.proxies import Proxy
from batchff.cloud.http.trust import trust
from batchff.cloud.http.whole_answers import WholeResponse

_FAILURES = (OSError, HTTPException)


class OwnAnswer:
    """An Answer of the standard library's."""

    def __init__(
        self, response: HTTPResponse, connection: HTTPConnection, idle: deque[HTTPConnection]
    ) -> None:
        self.status = response.status
        self.reason = response.reason
        self.headers = _headers(response)
        self._response = response
        self._connection: HTTPConnection | None = connection
        self._idle = idle

    def read(self) -> bytes:
        """Return the rest of the body."""
        with self._reading():
            data = self._response.read()
        self._end()
        return data

    def read_into(self, buffer: memoryview) -> int:
        """Read as much of the body as fits; return how many bytes that is, 0 at its end."""
        missing = self._response.length
        with self._reading():
            count = self._response.readinto(buffer)
            if not count and missing and len(buffer):
                raise ConnectionFailed(f"it ended with {missing} bytes missing")
        if not count or self._response.length == 0:
            self._end()
        return count

    def close(self) -> None:
        """Give the connection up, whatever of the body is left."""
        self._response.close()  # it has the socket, where the connection ends with the answer
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with failures_told(*_FAILURES):
                yield
        except ConnectionFailed:
            self.close()
            raise

    def _end(self) -> None:
        if self._connection is not None and not self._response.will_close:
            self._idle.append(self._connection)
            self._connection = None
        self.close()


def _headers(response: HTTPResponse) -> dict[str, str]:
    """Return headers as a plain dictionary: what the library has them in looks through all."""
    headers: dict[str, str] = {}
    for written, value in response.headers.raw_items():
        name = written.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


class OwnConnections:
    """Connections to an endpoint, through a proxy of http:// or none; closed with the object."""

    def __init__(self, address: SplitResult, proxy: Proxy | None) -> None:
        assert proxy is None or proxy.scheme == "http"
        self._address = address
        self._idle: deque[HTTPConnection] = deque()
        weakref.finalize(self, _close_all, self._idle)
        self._proxy = proxy
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        # A proxy has to be told the whole address, but where it's only a tunnel.
        forwarded = proxy is not None and address.scheme == "http"
        self._prefix = f"http://{address.netloc}" if forwarded else ""
        self._own_headers = proxy.headers if proxy and forwarded else {}

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterator[memoryview] | None,
        *,
        seconds_to_connect: float = SECONDS_TO_CONNECT,
        seconds_of_silence: float = SECONDS_OF_SILENCE,
    ) -> OwnAnswer:
        """Send a request and return its answer, whose body is still to be read."""
        connection = self._idle_connection() or self._new_connection(seconds_to_connect)
        connection.sock.settimeout(seconds_of_silence)
        try:
            response = self._exchange(connection, method, path, headers, body)
        except BaseException:
            connection.close()
            raise
        return OwnAnswer(response, connection, self._idle)

    def _exchange(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterator[memoryview] | None,
    ) -> HTTPResponse:
        with failures_told(*_FAILURES):
            connection.putrequest(method, self._prefix + path, skip_accept_encoding=True)
            for name, value in {**headers, **self._own_headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
        for piece in body or ():
            try:
                with failures_told(*_FAILURES):
                    connection.send(piece)
            except ConnectionFailed as failure:
                if not isinstance(failure.__cause__, BrokenPipeError):
                    raise
                break  # refused before all of it was sent: the answer says why
        with failures_told(*_FAILURES):
            return connection.getresponse()

    def _idle_connection(self) -> HTTPConnection | None:
        """Return a connection that served before, unless the other side has closed it."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.sock is not None and not _has_something_to_say(connection.sock):
                return connection
            connection.close()

    def _new_connection(self, timeout: float) -> HTTPConnection:
        host, port = self._address.hostname or "", self._address.port
        via = self._proxy
        to = (via.host, via.port) if via else (host, port)
        with failures_told(*_FAILURES, kind=NotConnected, host=to[0]):
            if self._address.scheme == "https":
                secured = HTTPSConnection(*to, timeout=timeout, context=self._context())
                if via:
                    secured.set_tunnel(host, port, headers=dict(via.headers))
                connection: HTTPConnection = secured
            else:
                connection = HTTPConnection(*to, timeout=timeout)
            _connect(connection)
        return connection

    def _context(self) -> ssl.SSLContext:
        """Return what checks the other side's certificate; it takes a while to make."""
        with self._lock:
            self._tls = self._tls or trust()
        return self._tls


def _connect(connection: HTTPConnection) -> None:
    """Open a connection, through a proxy's tunnel where it has one; leave nothing open if not."""
    opened: list[HTTPResponse] = []

    class ProxysAnswer(WholeResponse):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            opened.append(self)

    connection.response_class = ProxysAnswer
    try:
        connection.connect()
    except BaseException:
        for answer in opened:
            answer.close()  # Python before 3.11.4 doesn't, and it has the socket
        connection.close()
        raise
    connection.response_class = WholeResponse


def _has_something_to_say(sock: socket.socket) -> bool:
    """Return whether something came that nobody asked for: mostly the end of the connection."""
    # A selector of the standard library's takes ten times as long, before each request.
    if sys.platform == "win32":
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _close_all(connections: deque[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()
