"""Connections to one endpoint, kept open between requests, for any number of threads.

They are the standard library's: urllib3's do the same, for half as much work again at each request.
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import ssl
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import urlsplit

from batchff.cloud.http.proxies import find_proxy
from batchff.cloud.http.retry_policies import PASSING
from batchff.cloud.http.whole_answers import WholeResponse
from batchff.errors import BatchffError

SECONDS_TO_CONNECT = 10.0
SECONDS_OF_SILENCE = 60.0

# That a name can't be looked up now (EAI_AGAIN) is another matter.
_NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
}
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d+)")

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class ConnectionFailed(Exception):
    """A connection could not be made, or ended too early; `lasting` where it will again."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting


class NotConnected(ConnectionFailed):
    """No connection could be made, so nothing was sent."""


@contextmanager
def _failures_told(kind: type[ConnectionFailed] = ConnectionFailed) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise kind(f"TLS: {error.verify_message}", lasting=True) from error
    except (OSError, HTTPException) as error:
        raise kind(str(error) or type(error).__name__, lasting=_lasts(error)) from error


def _lasts(error: Exception) -> bool:
    """Say whether it will be so at the next attempt: no such host, no TLS, a proxy's refusal."""
    if isinstance(error, socket.gaierror):
        return error.errno in _NO_SUCH_NAME
    if isinstance(error, ssl.SSLError):
        return error.reason == "WRONG_VERSION_NUMBER"
    refused = _TUNNEL_REFUSED.match(str(error)) if isinstance(error, OSError) else None
    return refused is not None and int(refused[1]) >= 400 and int(refused[1]) not in PASSING


class Answer:
    """An answer, whose body is still to be read; its connection serves others after that.

    The names of its headers are in lower case.
    """

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
        """Return the rest of the body; raise ConnectionFailed where it doesn't come whole."""
        with self._reading():
            data = self._response.read()
        self._end()
        return data

    def read_into(self, buffer: memoryview) -> int:
        """Read into a buffer until it's full or the body ends; return the count of bytes.

        Raises ConnectionFailed where the body doesn't come whole.
        """
        missing = self._response.length
        with self._reading():
            count = self._response.readinto(buffer)
            if not count and missing and len(buffer):
                raise ConnectionFailed(f"it ended with {missing} bytes missing")
        if not count or self._response.length == 0:
            self._end()
        return count

    def close(self) -> None:
        """Give up what isn't read yet, and the connection with it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with _failures_told():
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


class Connections:
    """Sends requests to an endpoint, through a proxy where the environment names one.

    Closes them once nobody has it any more.
    """

    def __init__(self, endpoint: str) -> None:
        self._address = urlsplit(endpoint)
        self._idle: deque[HTTPConnection] = deque()
        weakref.finalize(self, _close_all, self._idle)
        self._proxy = find_proxy(self._address)
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        # A proxy has to be told the whole address, but where it's only a tunnel.
        forwarded = self._proxy is not None and self._address.scheme == "http"
        self._prefix = f"http://{self._address.netloc}" if forwarded else ""
        self._own_headers = self._proxy.headers if self._proxy and forwarded else {}

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterator[memoryview] | None,
        *,
        seconds_to_connect: float = SECONDS_TO_CONNECT,
        seconds_of_silence: float = SECONDS_OF_SILENCE,
    ) -> Answer:
        """Send a request; return its answer. The headers say how long the body is.

        Raises ConnectionFailed where none comes.
        """
        with _failures_told(NotConnected):
            connection = self._idle_connection() or self._new_connection(seconds_to_connect)
        connection.sock.settimeout(seconds_of_silence)
        try:
            response = self._exchange(connection, method, path, headers, body)
        except BaseException:
            connection.close()
            raise
        return Answer(response, connection, self._idle)

    def _exchange(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterator[memoryview] | None,
    ) -> HTTPResponse:
        with _failures_told():
            connection.putrequest(method, self._prefix + path, skip_accept_encoding=True)
            for name, value in {**headers, **self._own_headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
        for piece in body or ():
            try:
                with _failures_told():
                    connection.send(piece)
            except ConnectionFailed as failure:
                if not isinstance(failure.__cause__, BrokenPipeError):
                    raise
                break  # refused before all of it was sent: the answer says why
        with _failures_told():
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
        if self._address.scheme == "https":
            secured = HTTPSConnection(*to, timeout=timeout, context=self._context())
            if via:
                secured.set_tunnel(host, port, headers=dict(via.headers))
            connection: HTTPConnection = secured
        else:
            connection = HTTPConnection(*to, timeout=timeout)
        connection.response_class = WholeResponse
        try:
            connection.connect()
        except ConnectionRefusedError as error:
            if not _is_this_machine(to[0]):
                raise
            # Nothing busy refuses: its process is gone, and nobody starts it again meanwhile.
            raise NotConnected(str(error), lasting=True) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _context(self) -> ssl.SSLContext:
        """Return what checks the other side's certificate; it takes a while to make."""
        with self._lock:
            self._tls = self._tls or _trust()
        return self._tls


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_something_to_say(sock: socket.socket) -> bool:
    """Say whether something came that nobody asked for: mostly that the other side has closed."""
    with _Selector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


def _close_all(connections: deque[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _trust() -> ssl.SSLContext:
    """Return what believes the authorities that the SDK trusts as well: a file, or a folder."""
    import certifi  # not needed without TLS

    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if given := os.environ.get(name):
            try:
                if os.path.isdir(given):
                    return ssl.create_default_context(capath=given)
                return ssl.create_default_context(cafile=given)
            except OSError as error:
                raise BatchffError(
                    f"the authorities to trust can't be read from {given}: {error.strerror}",
                    hint=f"correct {name} in the environment",
                ) from error
    return ssl.create_default_context(cafile=certifi.where())
