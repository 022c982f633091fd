"""Requests that move blobs' bytes, straight over HTTP; cloud/http/switch.py says what for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import TypeVar
from urllib.parse import quote, urlsplit

from batchff import __version__
from batchff.cloud.blob.bandwidth import BytesDone
from batchff.cloud.blob.signing import Access, TokenAccess
from batchff.cloud.errors import refused, unreachable
from batchff.cloud.http.connections import Answer
from batchff.cloud.http.failures import ConnectionFailed, NotConnected
from batchff.cloud.http.foreign_answers import foreign, is_foreign, unusable
from batchff.cloud.http.retry_policies import BLOB_REQUEST, BLOB_TRANSFER, RetryPolicy, retry_after
from batchff.cloud.http.retrying import Patience, Retrying, busy, silent
from batchff.cloud.http.switch import connect
from batchff.errors import BatchffError, ServiceError

T = TypeVar("T")

# After each slice a transfer reports how far it is, and can be stopped.
SLICE = 512 * 1024

_API_VERSION = "2021-12-02"
_USER_AGENT = f"batchff/{__version__}"

_BAD_SOURCE = "CannotVerifyCopySource"

_SIGNATURE = re.compile(r"\bsig(=|%3D)[^&\s\"'<>]*", re.IGNORECASE)
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


class CannotCopyError(ServiceError):
    """The service can't take bytes from an address: at all, or from this one."""


class Passing(Exception):
    """A failure that may be gone at the next attempt; `error` is raised when it isn't."""

    def __init__(
        self, error: BatchffError, why: str, *, asked: float = 0.0, broken: bool = False
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.why = why
        self.asked = asked
        self.broken = broken
        self.moved = False
        """Whether bytes came before it failed."""


class BlobRequests:
    """Sends requests for the blobs of one account, from any number of threads."""

    def __init__(self, endpoint: str, access: Access, retrying: Retrying) -> None:
        self._access = access
        self._retrying = retrying
        self._connections = connect(endpoint)
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
    ) -> bytes:
        """Send a request, again while it fails for now; return the body of the final answer."""
        sized = {**(headers or {}), "Content-Length": str(len(body))}
        reported = 0

        def slices() -> Iterator[memoryview]:
            nonlocal reported
            view = memoryview(body)
            for start in range(0, len(view), SLICE):
                piece = view[start : start + SLICE]
                yield piece
                # Bytes that are sent a second time were already reported.
                bytes_done(max(0, start + len(piece) - reported))
                reported = max(reported, start + len(piece))

        def attempt() -> bytes:
            answer = self.open(target, method, query, headers=sized, body=slices())
            with passing_failures(target.doing):
                return answer.read()

        policy = BLOB_TRANSFER if body else BLOB_REQUEST
        return self.persistently(attempt, bytes_done, policy)

    def persistently(
        self,
        attempt: Callable[[], T],
        bytes_done: BytesDone = lambda _: None,
        policy: RetryPolicy = BLOB_REQUEST,
    ) -> T:
        """Return an attempt's result, and try again while it raises Passing."""
        patience = Patience(policy, self._retrying, check=lambda: bytes_done(0))
        while True:
            try:
                result = attempt()
            except Passing as failure:
                if failure.moved:
                    patience.succeeded()
                if not patience.wait(failure.why, asked=failure.asked, broken=failure.broken):
                    raise failure.error from failure
            else:
                patience.succeeded()
                return result

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
        query = self._access.sign(method, path, query, signed)
        with passing_failures(target.doing):
            answer = self._connections.request(
                method, f"{path}?{query}" if query else path, signed, body
            )
            if is_foreign(answer.status, answer.headers):
                answer.close()
                said = foreign(answer.status, answer.headers.get("content-type"))
                raise unusable(said, target.doing)
            if answer.status < 300:
                return answer
            raise self._refusal(answer, target.doing)

    def _refusal(self, answer: Answer, doing: str) -> Exception:
        """Return what to raise for an answer that isn't the wanted one."""
        by_token = isinstance(self._access, TokenAccess)
        code = answer.headers.get("x-ms-error-code", "")
        body = answer.read()
        said = _part(_MESSAGE, body) or answer.reason or ""
        # What was sent may be quoted, with the SAS in it.
        reason = _SIGNATURE.sub("sig=", f"{code}: {said}" if code else said)
        if answer.status == 416:
            return NoSuchRangeError(f"{doing}: {reason}")
        if answer.status == 501 or (code == _BAD_SOURCE and answer.status != 404):
            return CannotCopyError(f"{doing}: {reason}", code=code)
        error = refused(answer.status, reason, doing, code, _part(_DETAIL, body), by_token=by_token)
        if not BLOB_REQUEST.tries_again(answer.status, code):
            self._retrying.succeeded(BLOB_REQUEST.service)
            return error
        asked = retry_after(answer.headers, self._retrying.clock.time())
        return Passing(error, busy(answer.status), asked=asked)


@contextmanager
def passing_failures(doing: str) -> Iterator[None]:
    """Turn a failed connection into Passing or, where it will fail again, into its error."""
    try:
        yield
    except ConnectionFailed as failure:
        error = unreachable(str(failure), doing)
        if failure.lasting:
            raise error from failure
        broken = not isinstance(failure, NotConnected)
        raise Passing(error, silent(str(failure)), broken=broken) from failure


def _part(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return unescape(found[1].decode("utf-8", "replace")).strip() if found else ""
