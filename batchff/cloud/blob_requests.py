"""Requests that move blobs' bytes, straight over urllib3: a tenth of the SDK's work for each."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from batchff import __version__
from batchff.cloud.access import Access
from batchff.cloud.errors import PASSING, refused, retry_after, unreachable
from batchff.cloud.turns import BytesDone
from batchff.errors import BatchffError, ServiceError

T = TypeVar("T")

# Between two slices a transfer tells how far it is, and can be stopped.
SLICE = 512 * 1024

_CONNECTIONS = 64
_TIMEOUT = urllib3.Timeout(connect=10, read=60)
_API_VERSION = "2021-12-02"
_USER_AGENT = f"batchff/{__version__}"

WAITS = (1.0, 2.0, 4.0, 8.0)
_LONGEST_WAIT = 60.0
_LOOKS = 0.1

_MESSAGE = re.compile(rb"<Message>([^<\n]*)")


@dataclass(frozen=True, slots=True)
class Target:
    """A blob, and what is being done with it: errors begin with `doing`.

    A container is a blob without a name.
    """

    container: str
    blob: str
    doing: str


class NoSuchRangeError(ServiceError):
    """A blob has none of the bytes that were asked for."""


class Passing(Exception):
    """A failure that may be gone at the next attempt; `after` is when the service says so."""

    def __init__(self, error: BatchffError, after: float = 0.0) -> None:
        super().__init__(error.message)
        self.error = error
        self.after = after


class BlobRequests:
    """Sends requests for the blobs of one account, from any number of threads."""

    def __init__(self, endpoint: str, access: Access) -> None:
        self._access = access
        self._connections = _connections(endpoint)
        address = urlsplit(endpoint)
        # A proxy has to be told the whole address, but where it's only a tunnel.
        forwarded = self._connections.proxy is not None and address.scheme == "http"
        self._base = (endpoint if forwarded else address.path).rstrip("/")

    def send(
        self,
        target: Target,
        method: str,
        query: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        bytes_done: BytesDone,
        waits: Sequence[float] = WAITS,
    ) -> BaseHTTPResponse:
        """Send a request until it's answered for good; return the answer, read."""
        sized = {**(headers or {}), "Content-Length": str(len(body))}
        told = 0

        def slices() -> Iterator[bytes]:
            nonlocal told
            view = memoryview(body)
            for start in range(0, len(view), SLICE):
                piece = view[start : start + SLICE]
                yield piece  # type: ignore[misc]  # sent as it is, without a copy
                # What is sent again was told of before.
                bytes_done(max(0, start + len(piece) - told))
                told = max(told, start + len(piece))

        return persistently(
            lambda: self.open(target, method, query, headers=sized, body=slices(), preload=True),
            bytes_done,
            waits,
        )

    def open(
        self,
        target: Target,
        method: str,
        query: str = "",
        *,
        headers: Mapping[str, str],
        body: Iterator[bytes] | None = None,
        preload: bool = False,
    ) -> BaseHTTPResponse:
        """Send a request once; return its answer, to be read by the caller unless `preload` is set.

        Raises Passing, or the error that the answer means.
        """
        signed = {"x-ms-version": _API_VERSION, "User-Agent": _USER_AGENT, **headers}
        token = self._access.sign(target.container, signed)
        queries = "&".join(part for part in (query, token) if part)
        path = f"{self._base}/{target.container}"
        if target.blob:
            path += f"/{quote(target.blob, safe='~/')}"
        try:
            answer = self._connections.urlopen(
                method,
                f"{path}?{queries}" if queries else path,
                body=body,
                headers=signed,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=preload,
                decode_content=False,
            )
            if answer.status < 300:
                return answer
            raise _refusal(answer, target.doing)
        except HTTPError as error:
            raise Passing(unreachable(str(error), target.doing)) from error


def persistently(
    attempt: Callable[[], T], bytes_done: BytesDone, waits: Sequence[float] = WAITS
) -> T:
    """Return what an attempt comes to, making others after passing failures; `waits` in seconds."""
    for wait in waits:
        try:
            return attempt()
        except Passing as failure:
            _pause(max(failure.after, wait * random.uniform(0.7, 1.3)), bytes_done)
    try:
        return attempt()
    except Passing as failure:
        raise failure.error from failure


def _pause(seconds: float, bytes_done: BytesDone) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        bytes_done(0)
        time.sleep(min(left, _LOOKS))


def _refusal(answer: BaseHTTPResponse, doing: str) -> Exception:
    """Return what to raise for an answer that isn't the wanted one."""
    code = answer.headers.get("x-ms-error-code", "")
    found = _MESSAGE.search(answer.data)
    said = unescape(found[1].decode("utf-8", "replace")).strip() if found else answer.reason or ""
    reason = f"{code}: {said}" if code else said
    if answer.status == 416:
        return NoSuchRangeError(f"{doing}: {reason}")
    error = refused(answer.status, reason, doing, code)
    if answer.status not in PASSING:
        return error
    return Passing(error, min(retry_after(answer.headers), _LONGEST_WAIT))


def _connections(endpoint: str) -> urllib3.HTTPConnectionPool:
    """Return connections to an endpoint, through a proxy where the environment names one."""
    settings: dict[str, Any] = {
        "maxsize": _CONNECTIONS,
        "block": True,
        "timeout": _TIMEOUT,
        "ca_certs": _certificates(),
    }
    address = urlsplit(endpoint)
    proxy = getproxies().get(address.scheme)
    if proxy is None or proxy_bypass(address.hostname or ""):
        return urllib3.PoolManager(**settings).connection_from_url(endpoint)
    user = unquote(urlsplit(proxy).netloc.rpartition("@")[0])
    manager = urllib3.ProxyManager(
        proxy if "://" in proxy else f"http://{proxy}",
        proxy_headers=urllib3.make_headers(proxy_basic_auth=user) if user else None,
        **settings,
    )
    return manager.connection_from_url(endpoint)


def _certificates() -> str:
    """Return the file of the authorities that the SDK trusts as well."""
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    return next((given for name in names if (given := os.environ.get(name))), certifi.where())
