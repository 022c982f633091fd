"""What failed connections say, and whether they will fail again."""

from __future__ import annotations

import socket
import ssl
from http.client import RemoteDisconnected

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from requests.exceptions import ChunkedEncodingError, ConnectionError
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, ProtocolError, ProxyError, SSLError

from batchff.cloud.http.failures import (
    ConnectionFailed,
    NotConnected,
    azure_error,
    failure_in,
    failure_of,
)

NO_SUCH_NAME = socket.gaierror(socket.EAI_NONAME, "unknown")
SECRET = "https://a.example/b?sig=secret"


def wrapped(first: Exception) -> ConnectionError:
    """Return the error that requests makes of urllib3's, with an address in it."""
    pool = HTTPConnectionPool("a.example")
    return ConnectionError(MaxRetryError(pool, SECRET, ProxyError("no proxy", first)))


@pytest.mark.parametrize(
    ("first", "reason", "lasting"),
    [
        (ConnectionRefusedError("refused"), "refused", True),
        (TimeoutError("timed out"), "timed out", False),
        (
            socket.gaierror(socket.EAI_NONAME, "unknown"),
            f"[Errno {socket.EAI_NONAME}] unknown",
            True,
        ),
        (OSError("Tunnel connection failed: 407 No"), "Tunnel connection failed: 407 No", True),
        (OSError("Tunnel connection failed: 503 No"), "Tunnel connection failed: 503 No", False),
        (RemoteDisconnected("it hung up"), "it hung up", False),
        (TimeoutError(), "TimeoutError", False),
    ],
)
def test_the_first_cause_is_told_whatever_is_around_it(
    first: Exception, reason: str, lasting: bool
) -> None:
    for error in (first, wrapped(first), ServiceRequestError("message", error=wrapped(first))):
        failure = failure_of(NotConnected, error, "127.0.0.1")
        assert type(failure) is NotConnected
        assert (str(failure), failure.lasting) == (reason, lasting)


def test_a_refusal_elsewhere_may_pass() -> None:
    refused = ConnectionRefusedError("refused")
    assert not failure_of(NotConnected, refused, "a.example").lasting
    assert failure_of(NotConnected, refused, "localhost").lasting


def test_a_certificate_that_nobody_trusts_is_told_as_one() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    failure = failure_of(NotConnected, wrapped(SSLError(error)), "a.example")
    assert (str(failure), failure.lasting) == ("TLS: self-signed certificate", True)


@pytest.mark.parametrize("kind", [ConnectionFailed, NotConnected])
def test_azures_error_keeps_the_failure(kind: type[ConnectionFailed]) -> None:
    failure = kind("why", lasting=True)
    error = azure_error(failure)
    wanted = ServiceRequestError if kind is NotConnected else ServiceResponseError
    assert type(error) is wanted
    assert error.message == "why"
    assert failure_in(error) is failure


def test_a_stream_of_the_sdks_that_broke_is_a_failure_too() -> None:
    broken = ChunkedEncodingError(ProtocolError("broken", ConnectionResetError("reset by peer")))
    for error in (
        IncompleteReadError(broken, error=broken),
        HttpResponseError(broken, error=broken),
    ):
        failure = failure_in(error)
        assert type(failure) is ConnectionFailed
        assert (str(failure), failure.lasting) == ("reset by peer", False)
    assert failure_in(HttpResponseError("an answer that can't be read")) is None
