"""Requests that move blobs' bytes, straight over HTTP: a tenth of the SDK's work for each."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import TypeVar
from urllib.parse import quote, urlsplit

from batchff import __version__
from batchff.cloud.access import Access, TokenAccess
from batchff.cloud.connections import Answer, ConnectionFailed, Connections
from batchff.cloud.errors import PASSING, refused, retry_after, unreachable
from batchff.cloud.turns import BytesDone
from batchff.errors import BatchffError, ServiceError

T = TypeVar("T")

# Between two slices a transfer tells how far it is, and can be stopped.
SLICE = 512 * 1024

_API_VERSION = "2021-12-02"
_USER_AGENT = f"batchff/{__version__}"

WAITS = (1.0, 2.0, 4.0, 8.0)
_LONGEST_WAIT = 60.0
_LOOKS = 0.1

_MESSAGE = re.compile(rb"<Message>([^<\n]*)")
_DETAIL = re.compile(rb"<AuthenticationErrorDetail>([^<]*)")


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
        self._connections = Connections(endpoint)
        self._base = urlsplit(endpoint).path.rstrip("/")

    def send(
        self,
        target: Target,
        method: str,
        query: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        bytes_done: BytesDone = lambda _: None,
        waits: Sequence[float] = WAITS,
    ) -> bytes:
        """Send a request until it's answered for good; return the answer's body."""
        sized = {**(headers or {}), "Content-Length": str(len(body))}
        told = 0

        def slices() -> Iterator[memoryview]:
            nonlocal told
            view = memoryview(body)
            for start in range(0, len(view), SLICE):
                piece = view[start : start + SLICE]
                yield piece
                # What is sent again was told of before.
                bytes_done(max(0, start + len(piece) - told))
                told = max(told, start + len(piece))

        def attempt() -> bytes:
            answer = self.open(target, method, query, headers=sized, body=slices())
            with passing_failures(target.doing):
                return answer.read()

        return persistently(attempt, bytes_done, waits)

    def open(
        self,
        target: Target,
        method: str,
        query: str = "",
        *,
        headers: Mapping[str, str],
        body: Iterator[memoryview] | None = None,
    ) -> Answer:
        """Send a request once; return its answer, to be read or closed by the caller.

        Raises Passing, or the error that the answer means.
        """
        path = f"{self._base}/{target.container}"
        if target.blob:
            path += f"/{quote(target.blob, safe='~/')}"
        signed = {"x-ms-version": _API_VERSION, "User-Agent": _USER_AGENT, **headers}
        self._access.sign(method, path, query, signed)
        with passing_failures(target.doing):
            answer = self._connections.request(
                method, f"{path}?{query}" if query else path, signed, body
            )
            if answer.status < 300:
                return answer
            raise _refusal(answer, target.doing, by_token=isinstance(self._access, TokenAccess))


@contextmanager
def passing_failures(doing: str) -> Iterator[None]:
    """Turn a failed connection into Passing or, where it will fail again, into its error."""
    try:
        yield
    except ConnectionFailed as failure:
        error = unreachable(str(failure), doing)
        if failure.lasting:
            raise error from failure
        raise Passing(error) from failure


def persistently(
    attempt: Callable[[], T],
    bytes_done: BytesDone = lambda _: None,
    waits: Sequence[float] = WAITS,
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


def _refusal(answer: Answer, doing: str, *, by_token: bool) -> Exception:
    """Return what to raise for an answer that isn't the wanted one."""
    code = answer.headers.get("x-ms-error-code", "")
    body = answer.read()
    said = _part(_MESSAGE, body) or answer.reason or ""
    reason = f"{code}: {said}" if code else said
    if answer.status == 416:
        return NoSuchRangeError(f"{doing}: {reason}")
    error = refused(answer.status, reason, doing, code, _part(_DETAIL, body), by_token=by_token)
    if answer.status not in PASSING:
        return error
    return Passing(error, min(retry_after(answer.headers), _LONGEST_WAIT))


def _part(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return unescape(found[1].decode("utf-8", "replace")).strip() if found else ""
