"""Connections by urllib3: through proxies over TLS and SOCKS as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import SplitResult

from urllib3 import HTTPConnectionPool, PoolManager, ProxyManager, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util import SKIP_HEADER

from batchff.cloud.http.connections import SECONDS_OF_SILENCE, SECONDS_TO_CONNECT
from batchff.cloud.http.failures import ConnectionFailed, NotConnected, failure_of, failures_told
from batchff.cloud.http.proxies import Proxy
from batchff.cloud.http.trust import trust
from batchff.cloud.http.whole_answers import WholeResponse

CONNECTIONS_KEPT = 64
"""As many as any stage has threads; others would be closed after one request."""

_NOT_CONNECTED = (NewConnectionError, ConnectTimeoutError, ProxyError, SSLError)


def refuse_cut_answers(manager: PoolManager) -> PoolManager:
    """Have a manager's connections fail where an answer was cut off; return the manager.

    urllib3 reads answers by the standard library, which believes headers that were cut off.
    """
    manager.pool_classes_by_scheme = {
        scheme: _refusing(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }
    return manager


def _refusing(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection = type("WholeConnection", (pool.ConnectionCls,), {"response_class": WholeResponse})
    whole = type("WholePool", (pool,), {"ConnectionCls": connection})
    return cast(type[HTTPConnectionPool], whole)


class Urllib3Answer:
    """An Answer of urllib3's."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self.status = response.status
        self.reason = response.reason or ""
        self.headers = {name.lower(): value for name, value in response.headers.itermerged()}
        self._response = response

    def read(self) -> bytes:
        """Return the rest of the body."""
        with failures_told(HTTPError):
            return self._response.read()

    def read_into(self, buffer: memoryview) -> int:
        """Read as much of the body as fits; return how many bytes that is, 0 at its end."""
        with failures_told(HTTPError):
            data = self._response.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Give the connection up, whatever of the body is left."""
        self._response.close()


class Urllib3Connections:
    """Connections to an endpoint through any proxy, or none."""

    def __init__(self, address: SplitResult, proxy: Proxy | None) -> None:
        host, secured = address.hostname or "", address.scheme == "https"
        self._connects_to = proxy.host if proxy else host
        # A proxy has to be told the whole address, but where it's only a tunnel.
        tunnels = proxy is None or proxy.scheme not in ("http", "https") or secured
        self._prefix = f"http://{address.netloc}" if not tunnels else ""
        manager = _manager(proxy, secured=secured)
        self._pool = manager.connection_from_host(host, address.port, address.scheme)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterator[memoryview] | None,
        *,
        seconds_to_connect: float = SECONDS_TO_CONNECT,
        seconds_of_silence: float = SECONDS_OF_SILENCE,
    ) -> Urllib3Answer:
        """Send a request and return its answer, whose body is still to be read."""
        try:
            response = self._pool.urlopen(
                method,
                self._prefix + path,
                cast(Any, body),  # it sends what the standard library sends
                {"Accept-Encoding": SKIP_HEADER, **headers},
                retries=False,
                redirect=False,
                assert_same_host=False,  # a proxy's pool serves any host
                timeout=Timeout(connect=seconds_to_connect, read=seconds_of_silence),
                preload_content=False,
                decode_content=False,
            )
        except HTTPError as error:
            kind = NotConnected if isinstance(error, _NOT_CONNECTED) else ConnectionFailed
            raise failure_of(kind, error, self._connects_to) from error
        return Urllib3Answer(response)


def _manager(proxy: Proxy | None, *, secured: bool) -> PoolManager:
    tls = trust() if secured or (proxy and proxy.scheme == "https") else None
    options: dict[str, Any] = {"maxsize": CONNECTIONS_KEPT, "ssl_context": tls}
    if proxy is None:
        return refuse_cut_answers(PoolManager(**options))
    if proxy.scheme in ("http", "https"):
        return refuse_cut_answers(
            ProxyManager(
                proxy.address,
                proxy_headers=proxy.headers,
                proxy_ssl_context=tls,
                **options,
            )
        )
    from urllib3.contrib.socks import SOCKSProxyManager  # an optional part

    user, _, password = proxy.user.partition(":")
    return refuse_cut_answers(
        SOCKSProxyManager(proxy.address, user or None, password or None, **options)
    )
