"""The one switch between two ways to send requests: batchff's own, and the libraries'.

batchff's own is the standard library's HTTP: own_connections.py for blobs' bytes, and transport.py
makes a transport of it for the SDK's clients. The libraries' way is urllib3 for blobs' bytes, and
the SDK's own transport, which is requests, for its clients. It serves proxies over TLS and SOCKS as
well. Errors and retries are the same.

batchff has its own way because it's cheaper. CPU of one request, as a multiple of batchff's own
(`python -m tests.benchmarks.http_requests`, 2026-11-30), and what that is in microseconds:

                           own    libraries    Azure's package by itself
    the transport alone    214         4.7                   5.6
    a job, by Batch       1562         1.6                   1.6
    64 KiB up, by Blob     879         1.3                   3.3
    64 KiB down, by Blob   839         1.5                   3.4

A short command starts sooner too, as requests and urllib3 needn't be imported.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from batchff.cloud.http.connections import Connections
from batchff.cloud.http.own_connections import OwnConnections
from batchff.cloud.http.proxies import Proxy, find_proxy
from batchff.errors import BatchffError

VARIABLE = "BATCHFF_TRANSPORT"
"""With the value `sdk` everything goes the libraries' way, to see whether ours is at fault."""

_SDK = "sdk"


def connect(endpoint: str) -> Connections:
    """Return connections to an endpoint, through a proxy where the environment names one.

    Nothing is sent yet. Raises BatchffError for a proxy that can't be used.
    """
    address = urlsplit(endpoint)
    proxy = find_proxy(address)
    if needs_libraries(proxy):
        from batchff.cloud.http.urllib3_connections import Urllib3Connections  # slow to import

        return Urllib3Connections(address, proxy)
    return OwnConnections(address, proxy)


def needs_libraries(proxy: Proxy | None) -> bool:
    """Return whether requests through a proxy, or through none, go the libraries' way.

    Raises BatchffError where the environment asks for a way that doesn't exist.
    """
    given = os.environ.get(VARIABLE, "")
    if given and given != _SDK:
        raise BatchffError(f"{VARIABLE} is {given!r}", hint="set it to sdk, or don't set it")
    return given == _SDK or (proxy is not None and proxy.scheme != "http")
