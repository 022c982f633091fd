"""Failed connections: why they failed, and whether another attempt will fail as well."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

from batchff.cloud.http.retry_policies import PASSING

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError

# A name that can't be looked up now (EAI_AGAIN) may be found later.
_NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
}
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d+)")
_SOCKS_SIGN_IN_REFUSED = "SOCKS5AuthError"
"""PySocks' exception, by its name: the package is optional."""

_CAUSES = ("inner_exception", "reason", "socket_err")
"""Where azure-core, urllib3 and PySocks keep the exception that theirs began with."""


class ConnectionFailed(Exception):
    """A connection could not be made, or broke; if `lasting`, the next attempt fails too."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting


class NotConnected(ConnectionFailed):
    """No connection could be made, so nothing was sent."""


def failure_of(kind: type[ConnectionFailed], error: BaseException, host: str) -> ConnectionFailed:
    """Return the failure that an exception means, which the standard library or another raised.

    `host` is what is connected to: the proxy, where there is one. The reason is what the operating
    system or the standard library said. What a library wraps around it isn't repeated: it can hold
    an address with a SAS, or a proxy's password.
    """
    first = _first_cause(error)
    if isinstance(first, ssl.SSLCertVerificationError):
        return kind(f"TLS: {first.verify_message}", lasting=True)
    return kind(str(first) or type(first).__name__, lasting=_lasts(first, host))


def azure_error(failure: ConnectionFailed) -> AzureError:
    """Return azure-core's error for a failed connection, which is its `inner_exception`."""
    from azure.core.exceptions import ServiceRequestError, ServiceResponseError  # slow to import

    kind = ServiceRequestError if isinstance(failure, NotConnected) else ServiceResponseError
    return kind(str(failure), error=failure)


def failure_in(error: AzureError) -> ConnectionFailed | None:
    """Return the failed connection behind an error of azure-core's, or None where there is none.

    Where a stream breaks, the SDK's own transport raises errors for answers that have no answer.
    """
    from azure.core.exceptions import (
        HttpResponseError,
        ServiceRequestError,
        ServiceResponseError,
    )

    if isinstance(error.inner_exception, ConnectionFailed):
        return error.inner_exception
    if isinstance(error, ServiceRequestError):
        return failure_of(NotConnected, error, "")
    broken = isinstance(error, HttpResponseError) and error.response is None
    if isinstance(error, ServiceResponseError) or (
        broken and isinstance(error.inner_exception, OSError)
    ):
        return failure_of(ConnectionFailed, error, "")
    return None


@contextmanager
def failures_told(
    *caught: type[Exception], kind: type[ConnectionFailed] = ConnectionFailed, host: str = ""
) -> Iterator[None]:
    """Turn these exceptions into a failure of this kind."""
    try:
        yield
    except caught as error:
        raise failure_of(kind, error, host) from error


def _first_cause(error: BaseException) -> BaseException:
    """Return the exception that a library's exceptions began with.

    requests and urllib3 keep it as the cause, as an argument or as an attribute; urllib3 leaves it
    as the context where it comes from PySocks.
    """
    seen = {id(error)}
    while True:
        candidates = (
            *(getattr(error, name, None) for name in _CAUSES),
            error.__cause__,
            *error.args,
            error.__context__ if type(error).__module__.startswith("urllib3.") else None,
        )
        found = (each for each in candidates if isinstance(each, BaseException))
        deeper = next((each for each in found if id(each) not in seen), None)
        if deeper is None:
            return error
        seen.add(id(deeper))
        error = deeper


def _lasts(error: BaseException, host: str) -> bool:
    """Return whether the next attempt will fail too: no such host, no TLS, a proxy's refusal."""
    if isinstance(error, ConnectionRefusedError):
        # On this machine, "refused" means that no process listens, and none will start meanwhile.
        return _is_this_machine(host)
    if isinstance(error, socket.gaierror):
        return error.errno in _NO_SUCH_NAME
    if isinstance(error, ssl.SSLError):
        return error.reason == "WRONG_VERSION_NUMBER"
    if type(error).__name__ == _SOCKS_SIGN_IN_REFUSED:
        return True
    refused = _TUNNEL_REFUSED.match(str(error)) if isinstance(error, OSError) else None
    return refused is not None and int(refused[1]) >= 400 and int(refused[1]) not in PASSING


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
